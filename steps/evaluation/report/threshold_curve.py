"""The threshold: its cost curve, what each would grant, and what right and wrong decisions cost."""

import numpy as np

from custom_model.costs import Costs
from steps.evaluation.groups import SMALLEST_GROUP
from steps.evaluation.on_holdout import Evaluation
from steps.evaluation.report.document import Figures, Paragraph, Picture, Shown, Table, number, share
from steps.quality.thresholds import ThresholdCheck

POINTS = 100  # of the curve: hundredths of the clients
ROWS = (5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100)  # hundredths approved, of the page's table


class ThresholdPoint(Figures):
    """What a threshold gives: the share approved, their default rate, and the cost per client."""

    threshold: float
    approved: float
    defaults_among_approved: float
    cost: float


class Confusion(Figures):
    """Clients by decision and outcome, and what the two wrong ones cost, in the policy's unit."""

    granted_good: int
    granted_default: int
    refused_good: int
    refused_default: int
    cost_of_granted_defaults: float
    cost_of_refused_good: float


class ThresholdCurve(Figures):
    """The threshold in use, that of the lowest cost on these clients with its band, and every other."""

    in_use: ThresholdPoint | None
    lowest_cost: float
    lowest_cost_at: float
    band: tuple[float, float]
    agrees: bool
    confusion: Confusion
    referred: int
    curve: list[ThresholdPoint]

    def shown(self) -> Shown:
        each = self.confusion
        total = each.cost_of_granted_defaults + each.cost_of_refused_good
        confusion = [
            ["granted", f"{each.granted_good:,}", f"{each.granted_default:,}", number(0.0, 0),
             number(each.cost_of_granted_defaults, 0)],
            ["refused", f"{each.refused_good:,}", f"{each.refused_default:,}", number(each.cost_of_refused_good, 0),
             number(0.0, 0)],
        ]  # fmt: skip
        shown = [point for point in self.curve if round(100 * point.approved) in ROWS]
        return Shown(
            "Threshold",
            [
                Paragraph(self._in_words(), not self.agrees),
                *([] if not self.referred else [Paragraph(_referred(self.referred))]),
                Table(
                    f"Decisions and their costs, {number(total, 0)} in all, in the policy's unit",
                    ["decision", "good clients", "defaults", "cost of good clients", "cost of defaults"],
                    confusion,
                ),
                Table(
                    "What other thresholds would give",
                    ["refused from", "approved", "default rate among them", "cost a client"],
                    [*([_row(self.in_use, " (in use)")] if self.in_use else []), *map(_row, shown)],
                ),
                Picture(
                    "cost_by_threshold",
                    "Cost per client against the threshold, with the threshold in use, the cheapest, and the cost of "
                    "granting or of refusing everyone.",
                    "The band has the cheapest thresholds of 98 % of resamples.",
                ),
                Picture(
                    "approval_and_defaults",
                    "Default rate among approved clients against the share approved, at every threshold, with the "
                    "threshold in use marked.",
                    "Each point of the line is a threshold: more approvals, more defaults among them.",
                ),
            ],
        )

    def _in_words(self) -> str:
        low, high = self.band
        lies = "lies within" if self.agrees else "lies outside"
        used = "" if self.in_use is None else f" {self.in_use.threshold:.4f}"
        return (
            f"The threshold in use{used} {lies} the band of the lowest cost on these clients, {low:.4f} to {high:.4f}; "
            f"the lowest cost is {self.lowest_cost:.4f} a client, at {self.lowest_cost_at:.4f}."
        )


def threshold_curve(evaluation: Evaluation, costs: Costs, check: ThresholdCheck) -> ThresholdCurve:
    """The curve by hundredths of the clients; points that approve fewer than `SMALLEST_GROUP` are left out."""
    target, refused = evaluation.target, evaluation.refused
    missed, turned = int((target[~refused] == 1).sum()), int((target[refused] == 0).sum())
    confusion = Confusion(
        granted_good=int((target[~refused] == 0).sum()),
        granted_default=missed,
        refused_good=turned,
        refused_default=int((target[refused] == 1).sum()),
        cost_of_granted_defaults=costs.false_negative * missed,
        cost_of_refused_good=costs.false_positive * turned,
    )
    order = np.argsort(evaluation.probability, kind="stable")
    probability, defaults = evaluation.probability[order], np.cumsum(target[order])
    points = [_point(count, probability, defaults, costs) for count in _counts(probability)]
    in_use = int((~refused).sum())
    return ThresholdCurve(
        in_use=None
        if in_use < SMALLEST_GROUP
        else ThresholdPoint(
            threshold=evaluation.threshold,
            approved=in_use / len(target),
            defaults_among_approved=missed / in_use,
            cost=float(evaluation.quality.figures["cost"]),
        ),
        lowest_cost=check.cost_empirical,
        lowest_cost_at=check.empirical,
        band=check.band,
        agrees=check.agree,
        confusion=confusion,
        referred=int((evaluation.decisions["decision"] == "referred").sum()),
        curve=points,
    )


def _counts(probability: np.ndarray) -> list[int]:
    """Numbers of approved clients, a hundredth of them apart, where a threshold divides clients there."""
    counts = np.unique(np.linspace(0, len(probability), POINTS + 1).round().astype(int))
    divides = [count == len(probability) or probability[count - 1] < probability[count] for count in counts if count]
    return [int(count) for count, is_one in zip(counts[counts > 0], divides, strict=True)
            if is_one and count >= SMALLEST_GROUP]  # fmt: skip


def _point(count: int, probability: np.ndarray, defaults: np.ndarray, costs: Costs) -> ThresholdPoint:
    """The threshold half-way between the last approved client and the first refused one: nobody's own score."""
    clients, missed = len(probability), int(defaults[count - 1])
    threshold = 1.0 if count == clients else float(probability[count - 1] + probability[count]) / 2
    good_refused = clients - count - (int(defaults[-1]) - missed)
    return ThresholdPoint(
        threshold=threshold,
        approved=count / clients,
        defaults_among_approved=missed / count,
        cost=(costs.false_negative * missed + costs.false_positive * good_refused) / clients,
    )


def _row(point: ThresholdPoint, note: str = "") -> list[str]:
    return [
        f"{point.threshold:.4f}{note}",
        share(point.approved),
        share(point.defaults_among_approved),
        number(point.cost),
    ]


def _referred(count: int) -> str:
    return f"{count:,} clients are referred to a person: they count here as the threshold would decide."
