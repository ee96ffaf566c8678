"""The policy's segments of clients, the weakest first, with a correction for looking at many."""

import math
from collections.abc import Iterable

import numpy as np

from custom_model.costs import Costs
from custom_model.rates import QUANTILE
from steps.evaluation.groups import SMALLEST_GROUP, ClientGroup
from steps.evaluation.on_holdout import Evaluation
from steps.evaluation.report.document import UNKNOWN, Estimate, Figures, Paragraph, Shown, Table, share, signed
from steps.quality.many_tests import below, holm
from steps.quality.poisson_binomial import surprise
from steps.quality.ranking import auc_with_error
from steps.quality.rates import mean_of_cells

LEVEL = 0.05


class SegmentFigures(Figures):
    """One segment. `auc_p` and `calibration_p` are adjusted for all segments of the report (Holm).

    `auc_p` is of an AUC below that of all other clients, null where either have one outcome; `calibration_p` of a
    default rate that differs from the mean probability.
    """

    segment: str
    group: str
    clients: int
    default_rate: float
    approved: float
    auc: Estimate
    cost: Estimate
    observed_less_predicted: Estimate
    auc_p: float | None
    calibration_p: float

    @property
    def is_weak(self) -> bool:
        """Whether it ranks worse than the other clients, or is miscalibrated, beyond doubt."""
        return bool(self.weaknesses)

    @property
    def weaknesses(self) -> list[str]:
        """What is wrong beyond doubt, in words."""
        more = "more" if (self.observed_less_predicted.value or 0.0) > 0 else "fewer"
        found = {
            "ranked worse than the other clients": self.auc_p,
            f"{more} defaults than predicted": self.calibration_p,
        }
        return [words for words, p in found.items() if p is not None and p < LEVEL]


class Segments(Figures):
    """All segments of at least `SMALLEST_GROUP` clients, that of the lowest AUC first."""

    tests: int
    lacking: list[str]
    segments: list[SegmentFigures]

    def shown(self) -> Shown:
        weak = [each for each in self.segments if each.is_weak]
        found = (
            f"Weak beyond doubt: {'; '.join(f'{each.segment} {each.group} ({_why(each)})' for each in weak)}."
            if weak
            else "No segment is weak beyond doubt."
        )
        blocks = [
            Paragraph(found, bool(weak)),
            Paragraph(
                "The lowest AUC first. Each segment is tested twice, for an AUC below that of all other clients and "
                "for a default rate that differs from its mean probability; the p-values are adjusted for all "
                f"{self.tests} tests (Holm 1979), so that the chance of any false alarm is at most {LEVEL:.0%}. "
                f"Groups of fewer than {SMALLEST_GROUP} clients are not shown. Intervals are 95 %, not adjusted."
            ),
        ]
        if self.lacking:
            blocks.append(Paragraph(f"policy.yaml's segments {', '.join(self.lacking)}: this data lacks their fields."))
        header = ["segment", "group", "clients", "defaulted", "approved", "AUC", "p", "cost a client",
                  "defaulted less predicted", "p"]  # fmt: skip
        rows = [_row(each) for each in self.segments]
        return Shown("Segments", [*blocks, Table("By segment, the weakest first", header, rows, words=2)])


def segments(evaluation: Evaluation, groups: Iterable[ClientGroup], lacking: list[str], costs: Costs) -> Segments:
    """Measure the groups; `lacking` are the policy's segments whose fields the data lacks."""
    cost, possible = evaluation.cost(costs), (costs.false_negative, costs.false_positive, costs.review or 0.0)
    measured = [_measure(evaluation, group, *mean_of_cells(cost[group.members], possible)) for group in groups]
    p_values = [(row, name) for row, each in enumerate(measured) for name in ("auc_p", "calibration_p")
                if getattr(each, name) is not None]  # fmt: skip
    adjusted = holm([getattr(measured[row], name) for row, name in p_values])
    for (row, name), p in zip(p_values, adjusted, strict=True):
        measured[row] = measured[row].model_copy(update={name: p})
    measured.sort(key=lambda each: math.inf if each.auc.value is None else each.auc.value)
    return Segments(tests=len(p_values), lacking=lacking, segments=measured)


def _measure(evaluation: Evaluation, group: ClientGroup, cost: float, low: float, high: float) -> SegmentFigures:
    members = group.members
    probability, target, refused = (each[members] for each in (evaluation.probability, evaluation.target,
                                                               evaluation.refused))  # fmt: skip
    auc, rest = auc_with_error(probability, target), auc_with_error(evaluation.probability[~members],
                                                                    evaluation.target[~members])  # fmt: skip
    auc_p = None
    if auc is not None and rest is not None and auc.error and rest.error:
        auc_p = below((auc.value - rest.value) / math.hypot(auc.error, rest.error))
    gap, error = calibration_gap(probability, target)
    return SegmentFigures(
        segment=group.attribute,
        group=group.name,
        clients=group.clients,
        default_rate=float(target.mean()),
        approved=float(1 - refused.mean()),
        auc=Estimate(value=None) if auc is None else Estimate.of(auc.value, auc.interval),
        cost=Estimate(value=cost, low=low, high=high),
        observed_less_predicted=Estimate(value=gap, low=gap - QUANTILE * error, high=gap + QUANTILE * error),
        auc_p=auc_p,
        calibration_p=surprise(probability, int(target.sum())),
    )


def calibration_gap(probability: np.ndarray, target: np.ndarray) -> tuple[float, float]:
    """The default rate less the mean probability, and the standard error that it has if the model is calibrated."""
    error = float(np.sqrt((probability * (1 - probability)).sum())) / len(target)
    return float(target.mean() - probability.mean()), error


def _why(each: SegmentFigures) -> str:
    return " and ".join(each.weaknesses)


def _row(each: SegmentFigures) -> list[str]:
    gap = each.observed_less_predicted
    gap_text = f"{signed(gap.value)} ({signed(gap.low)} to {signed(gap.high)})"
    return [each.segment, each.group, f"{each.clients:,}", share(each.default_rate), share(each.approved),
            each.auc.text(3), _p(each.auc_p), each.cost.text(3), gap_text, _p(each.calibration_p)]  # fmt: skip


def _p(value: float | None) -> str:
    if value is None:
        return UNKNOWN
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
