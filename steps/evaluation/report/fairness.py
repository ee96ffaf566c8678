"""Fairness: what each protected group and each pair of groups gets, and how right the model is about it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from custom_model.costs import Costs
from custom_model.rates import QUANTILE
from steps.evaluation.groups import SMALLEST_GROUP, SMALLEST_PAIR, ClientGroup
from steps.evaluation.on_holdout import Evaluation
from steps.evaluation.report.document import (
    UNKNOWN,
    Block,
    Estimate,
    Figures,
    Paragraph,
    Picture,
    Shown,
    Table,
    number,
    share,
    signed,
)
from steps.evaluation.report.segments import calibration_gap
from steps.quality.ranking import auc_with_error
from steps.quality.ratios import FOUR_FIFTHS, ratio_of_shares
from steps.run.console import counted

Rated = tuple[ClientGroup, dict[str, float]]
"""A group with its rates."""


class GroupFigures(Figures):
    """One group. `ratio` is its approval rate over the best group's of the same attribute.

    `four_fifths`: whether the ratio reaches 0.8: met or not met with the whole interval, else unclear. Rates are of
    refusals: `true_positive_rate` of its defaults, `false_positive_rate` of its good clients; null without any.
    """

    group: str
    clients: int
    default_rate: float
    approved: float
    ratio: Estimate
    four_fifths: str
    true_positive_rate: float | None
    false_positive_rate: float | None
    auc: Estimate
    observed_less_predicted: Estimate
    cost: float


class AttributeFigures(Figures):
    """The groups of one attribute, or of a pair of attributes; `outside` are the clients in none that is shown."""

    attribute: str
    is_used: bool | None
    best: str
    outside: int
    groups: list[GroupFigures]

    @property
    def lowest(self) -> GroupFigures:
        """The group with the lowest approval rate."""
        return min(self.groups, key=lambda each: each.approved)


class Fairness(Figures):
    """By attribute and by pair; `lacking` are the policy's attributes that the data has not."""

    lacking: list[str]
    attributes: list[AttributeFigures]
    pairs: list[AttributeFigures]

    def shown(self) -> Shown:
        blocks: list[Block] = [
            Paragraph(
                "Approved: not refused; a client referred to a person counts as the threshold would decide. The ratio "
                "compares with the group of the same attribute that is approved most, whose choice favours a low ratio "
                f"in small groups; four fifths (29 CFR 1607.4(D)) are {FOUR_FIFTHS}: met or not met where the whole "
                f"95 % interval (Katz 1978) is, else unclear. Groups of fewer than {SMALLEST_GROUP} clients, and pairs "
                f"of fewer than {SMALLEST_PAIR}, are not shown."
            )
        ]
        if self.lacking:
            blocks.append(Paragraph(f"policy.yaml protects {', '.join(self.lacking)}, which this data lacks."))
        if not self.attributes:
            return Shown(
                "Fairness", [*blocks, Paragraph("This data has no group of a protected attribute to compare.")]
            )
        for each in self.attributes:
            blocks += [Paragraph(remains(each), each.lowest.four_fifths == "not met"), _table(each)]
            if each.outside:
                blocks.append(Paragraph(f"{counted(each.outside, 'client')} without a value of it, or in a group too "
                                        "small to be shown, are in no row."))  # fmt: skip
        blocks.append(
            Picture(
                "refusals_by_group",
                "The share of each protected group that is refused, with its 95 % interval, next to the share that "
                "defaulted.",
                "Refusals and defaults by group.",
                size="wide",
            )
        )
        blocks += [_table(each) for each in self.pairs]
        return Shown("Fairness", blocks)


def fairness(
    evaluation: Evaluation,
    groups: Sequence[ClientGroup],
    pairs: Sequence[ClientGroup],
    costs: Costs,
    lacking: list[str],
    used: dict[str, bool | None],
) -> Fairness:
    """Measure groups of attributes and of pairs.

    Parameters
    ----------
    evaluation
        Decisions on (clients,).
    groups, pairs
        Groups of at least the least size, those of one attribute together; they do not overlap within it.
    costs
        Costs of the two errors.
    lacking
        Protected attributes that the data lacks.
    used
        Whether the model uses each attribute, itself or in a derived feature; None: its code does not tell.
    """
    rated = list(zip((*groups, *pairs), _rates(evaluation, [*groups, *pairs], costs), strict=True))
    return Fairness(
        lacking=lacking,
        attributes=_by_attribute(evaluation, rated[: len(groups)], used),
        pairs=_by_attribute(evaluation, rated[len(groups) :], {}),
    )


def remains(each: AttributeFigures) -> str:
    """What the decisions give the least approved group, whether the model uses the attribute or not."""
    lowest = each.lowest
    if lowest.ratio.value is None or len(each.groups) < 2:
        return f"{each.attribute}: there are no two groups of which the best is ever approved."
    use = {True: "the model uses it", False: "the model does not use it, and yet this remains", None: ""}[each.is_used]
    said = f" ({use})" if use else ""
    return (
        f"{each.attribute}{said}: {lowest.group} are approved {lowest.ratio.text(2)} times as often as {each.best}; "
        f"four fifths: {lowest.four_fifths}."
    )


def _by_attribute(
    evaluation: Evaluation, rated: Sequence[Rated], used: dict[str, bool | None]
) -> list[AttributeFigures]:
    names = dict.fromkeys(group.attribute for group, _ in rated)
    return [
        _attribute(name, evaluation, [each for each in rated if each[0].attribute == name], used.get(name))
        for name in names
    ]


def _attribute(name: str, evaluation: Evaluation, rated: list[Rated], is_used: bool | None) -> AttributeFigures:
    best, _ = max(rated, key=lambda each: (each[1]["approved"], each[0].clients))
    outside = ~np.any([group.members for group, _ in rated], axis=0)
    return AttributeFigures(
        attribute=name,
        is_used=is_used,
        best=best.name,
        outside=int(outside.sum()),
        groups=[_group(group, evaluation, rates, best) for group, rates in rated],
    )


def _rates(evaluation: Evaluation, groups: list[ClientGroup], costs: Costs) -> list[dict[str, float]]:
    """Fairlearn's rates of each group, and the mean cost; asked for all attributes at once, as each time takes long.

    A group's clients differ by outcome and decision alone: four weighted rows of each stand for all of them.
    """
    from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate, true_positive_rate

    if not groups:
        return []
    cells = pd.DataFrame(
        [
            (place, outcome, refused, int((group.members & (evaluation.target == outcome)
                                           & (evaluation.refused == refused)).sum()))
            for place, group in enumerate(groups)
            for outcome in (0, 1)
            for refused in (0, 1)
        ],
        columns=["group", "outcome", "refused", "clients"],
    )  # fmt: skip
    weights = {"sample_weight": cells["clients"].to_numpy()}
    metrics = {
        "refused": selection_rate,
        "true_positive_rate": true_positive_rate,
        "false_positive_rate": false_positive_rate,
    }
    frame = MetricFrame(
        metrics=metrics,
        y_true=cells["outcome"].to_numpy(),
        y_pred=cells["refused"].to_numpy(),
        sensitive_features=cells["group"],
        sample_params=dict.fromkeys(metrics, weights),
    )
    cost = evaluation.cost(costs)
    rates = []
    for place, group in enumerate(groups):
        of_group = {name: float(value) for name, value in frame.by_group.loc[place].items()}
        rates.append(of_group | {"approved": 1 - of_group["refused"], "cost": float(cost[group.members].mean())})
    return rates


def _group(group: ClientGroup, evaluation: Evaluation, rates: dict[str, float], best: ClientGroup) -> GroupFigures:
    probability, target = evaluation.probability[group.members], evaluation.target[group.members]
    hits, best_hits = (int((~evaluation.refused[each.members]).sum()) for each in (group, best))
    ratio = ratio_of_shares(hits, group.clients, best_hits, best.clients)
    gap, error = calibration_gap(probability, target)
    auc, defaults = auc_with_error(probability, target), int(target.sum())
    is_best = group is best
    return GroupFigures(
        group=group.name,
        clients=group.clients,
        default_rate=float(target.mean()),
        approved=rates["approved"],
        ratio=Estimate(value=None)
        if ratio is None
        else Estimate(value=1.0)
        if is_best
        else Estimate(value=ratio.value, low=ratio.low, high=ratio.high),
        four_fifths="unclear" if ratio is None else "met" if is_best else ratio.verdict,
        true_positive_rate=rates["true_positive_rate"] if defaults else None,
        false_positive_rate=rates["false_positive_rate"] if defaults < len(target) else None,
        auc=Estimate(value=None) if auc is None else Estimate.of(auc.value, auc.interval),
        observed_less_predicted=Estimate(value=gap, low=gap - QUANTILE * error, high=gap + QUANTILE * error),
        cost=rates["cost"],
    )


def _table(attribute: AttributeFigures) -> Table:
    header = ["group", "clients", "defaulted", "approved", "ratio to the best", "four fifths", "defaults refused",
              "good refused", "AUC", "defaulted less predicted", "cost a client"]  # fmt: skip
    rows = [
        [each.group, f"{each.clients:,}", share(each.default_rate), share(each.approved), each.ratio.text(2),
         each.four_fifths, share(each.true_positive_rate), share(each.false_positive_rate), each.auc.text(3),
         _gap(each.observed_less_predicted), number(each.cost)]
        for each in attribute.groups
    ]  # fmt: skip
    return Table(attribute.attribute, header, rows)


def _gap(gap: Estimate) -> str:
    if gap.value is None:
        return UNKNOWN
    return f"{signed(gap.value)} ({signed(gap.low)} to {signed(gap.high)})"
