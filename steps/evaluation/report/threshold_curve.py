"""The threshold: its cost curve, what each would grant, and what right and wrong decisions cost."""

import numpy as np

from custom_model.costs import Costs
from custom_model.points import ScoreScale
from steps.evaluation.groups import SMALLEST_GROUP
from steps.evaluation.on_holdout import Evaluation
from steps.evaluation.report.document import UNKNOWN, Figures, Paragraph, Picture, Shown, Table, number, share
from steps.quality.thresholds import ThresholdCheck
from steps.run.console import counted

POINTS = 100  # of the curve: hundredths of the clients
ROWS = (5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100)  # hundredths approved, of the page's table


class ThresholdPoint(Figures):
    """What a threshold gives: the share approved, their default rate, and the cost per client.

    `points` are those of the threshold, null without a scale, and where nobody is refused.
    """

    threshold: float
    points: int | None
    approved: float
    defaults_among_approved: float
    cost: float


class Confusion(Figures):
    """Clients by decision and outcome, and what they cost, in the policy's unit.

    A client referred to a person counts as the threshold decides, or where a review has a cost as `referred`.
    """

    granted_good: int
    granted_default: int
    refused_good: int
    refused_default: int
    referred_good: int
    referred_default: int
    cost_of_granted_defaults: float
    cost_of_refused_good: float
    cost_of_reviews: float

    @property
    def cost(self) -> float:
        return self.cost_of_granted_defaults + self.cost_of_refused_good + self.cost_of_reviews

    @property
    def rows(self) -> list[list[str]]:
        """By decision: its name, good clients and defaults, and what either cost."""
        reviewed = self.referred_good + self.referred_default
        a_review = self.cost_of_reviews / reviewed if reviewed else 0.0
        rows = [
            ("granted", self.granted_good, self.granted_default, 0.0, self.cost_of_granted_defaults),
            ("refused", self.refused_good, self.refused_default, self.cost_of_refused_good, 0.0),
        ]
        if reviewed:
            rows.append(("referred", self.referred_good, self.referred_default, a_review * self.referred_good,
                         a_review * self.referred_default))  # fmt: skip
        return [[name, f"{good:,}", f"{bad:,}", number(of_good, 0), number(of_bad, 0)]
                for name, good, bad, of_good, of_bad in rows]  # fmt: skip


class ThresholdCurve(Figures):
    """The threshold in use, that of the lowest cost on these clients with its band, and every other.

    `agrees`: whether the threshold in use lies within the band. The lowest cost, its band and the curve are of the
    threshold alone, without referrals.
    """

    in_use: ThresholdPoint | None
    lowest_cost: float
    lowest_cost_at: float
    band: tuple[float, float]
    agrees: bool
    confusion: Confusion
    referred: int
    curve: list[ThresholdPoint]

    def shown(self) -> Shown:
        shown = [point for point in self.curve if round(100 * point.approved) in ROWS]
        has_points = any(point.points is not None for point in self.curve)
        in_use = [_row(self.in_use, has_points, " (in use)")] if self.in_use else []
        return Shown(
            "Threshold",
            [
                Paragraph(self._in_words(), not self.agrees),
                *([] if not self.referred else [Paragraph(self._referred())]),
                Table(
                    f"Decisions and their costs, {number(self.confusion.cost, 0)} in all, in the policy's unit",
                    ["decision", "good clients", "defaults", "cost of good clients", "cost of defaults"],
                    self.confusion.rows,
                ),
                Table(
                    "What other thresholds would give",
                    [
                        "refused from",
                        *(["points"] if has_points else []),
                        "approved",
                        "default rate among them",
                        "cost a client",
                    ],
                    [*in_use, *(_row(point, has_points) for point in shown)],
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

    def _referred(self) -> str:
        who = f"Referred to a person: {counted(self.referred, 'client')}"
        if not self.confusion.cost_of_reviews:
            return f"{who}, counted here as the threshold would decide."
        return f"{who}, at the cost of a review each; the curve and the lowest cost are of the threshold alone."


def threshold_curve(
    evaluation: Evaluation, costs: Costs, check: ThresholdCheck, scale: ScoreScale | None = None
) -> ThresholdCurve:
    """The curve by hundredths of the clients; points that approve fewer than `SMALLEST_GROUP` are left out.

    `scale` gives the points of each threshold.
    """
    target, refused = evaluation.target, evaluation.refused
    order = np.argsort(evaluation.probability, kind="stable")
    probability, defaults = evaluation.probability[order], np.cumsum(target[order])
    points = [_point(count, probability, defaults, costs, scale) for count in _counts(probability)]
    in_use = int((~refused).sum())
    return ThresholdCurve(
        in_use=None
        if in_use < SMALLEST_GROUP
        else ThresholdPoint(
            threshold=evaluation.threshold,
            points=None if scale is None else scale.points(evaluation.threshold),
            approved=in_use / len(target),
            defaults_among_approved=float(target[~refused].mean()),
            cost=float(evaluation.quality.figures["cost"]),
        ),
        lowest_cost=check.cost_empirical,
        lowest_cost_at=check.empirical,
        band=check.band,
        agrees=check.band[0] <= evaluation.threshold <= check.band[1],
        confusion=_confusion(evaluation, costs),
        referred=int(evaluation.referred.sum()),
        curve=points,
    )


def _confusion(evaluation: Evaluation, costs: Costs) -> Confusion:
    bad, reviewed = evaluation.target == 1, evaluation.referred & (costs.review is not None)
    granted, refused = ~evaluation.refused & ~reviewed, evaluation.refused & ~reviewed
    counts = {
        f"{name}_{outcome}": int((decided & members).sum())
        for name, decided in (("granted", granted), ("refused", refused), ("referred", reviewed))
        for outcome, members in (("good", ~bad), ("default", bad))
    }
    return Confusion(
        **counts,
        cost_of_granted_defaults=costs.false_negative * counts["granted_default"],
        cost_of_refused_good=costs.false_positive * counts["refused_good"],
        cost_of_reviews=(costs.review or 0.0) * int(reviewed.sum()),
    )


def _counts(probability: np.ndarray) -> list[int]:
    """Numbers of approved clients, a hundredth of them apart, where a threshold divides clients there."""
    counts = np.unique(np.linspace(0, len(probability), POINTS + 1).round().astype(int))
    divides = [count == len(probability) or probability[count - 1] < probability[count] for count in counts if count]
    return [int(count) for count, is_one in zip(counts[counts > 0], divides, strict=True)
            if is_one and count >= SMALLEST_GROUP]  # fmt: skip


def _point(
    count: int, probability: np.ndarray, defaults: np.ndarray, costs: Costs, scale: ScoreScale | None
) -> ThresholdPoint:
    """The threshold half-way between the last approved client and the first refused one: nobody's own score."""
    clients, missed = len(probability), int(defaults[count - 1])
    threshold = 1.0 if count == clients else float(probability[count - 1] + probability[count]) / 2
    good_refused = clients - count - (int(defaults[-1]) - missed)
    return ThresholdPoint(
        threshold=threshold,
        points=None if scale is None or count == clients else scale.points(threshold),
        approved=count / clients,
        defaults_among_approved=missed / count,
        cost=(costs.false_negative * missed + costs.false_positive * good_refused) / clients,
    )


def _row(point: ThresholdPoint, has_points: bool, note: str = "") -> list[str]:
    return [
        f"{point.threshold:.4f}{note}",
        *([UNKNOWN if point.points is None else str(point.points)] if has_points else []),
        share(point.approved),
        share(point.defaults_among_approved),
        number(point.cost),
    ]
