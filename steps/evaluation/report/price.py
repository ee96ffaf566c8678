"""The price of leaving a protected attribute out, in AUC and money, and what remains of the differences."""

from collections.abc import Sequence

import numpy as np

from steps.evaluation.groups import ClientGroup
from steps.evaluation.leaving_out import Refit
from steps.evaluation.report.document import UNKNOWN, Estimate, Figures, Paragraph, Shown, Table, number, signed
from steps.quality.paired import auc_difference, mean_difference

TITLE = "Price of leaving an attribute out"
NOT_ASKED = (
    "The price of leaving an attribute out was not measured: `-P fairness_price=true` refits the version with and "
    "without each attribute, which takes about as long as its training for each."
)
NO_RATIOS: dict[str, tuple[float | None, float | None]] = {UNKNOWN: (None, None)}


class LeftOutAttributes(Figures):
    """A refit without some attributes, less the refit with them, paired by client.

    `ratios` has for each attribute the lowest approval rate of a group over the highest: with and without.
    """

    left_out: list[str]
    features: int
    auc: Estimate
    cost: Estimate
    ratios: dict[str, tuple[float | None, float | None]]


class Price(Figures):
    """The refits without each attribute that the version uses, and without all of them.

    `unused` are those that it does not use: its own decisions are without them.
    """

    features: int
    unused: list[str]
    refits: list[LeftOutAttributes]

    def shown(self) -> Shown:
        text = (
            f"The version refitted on its training clients, with its parameters and its {self.features} features, and "
            "without an attribute and all that derives from it; both score the evaluated clients, and differences are "
            "paired by client. Leaving an attribute out is not fairness: other features stand in for it, and the last "
            "columns say what remains."
        )
        unused = (
            [Paragraph(f"The version does not use {', '.join(self.unused)}: the figures above are without.")]
            if self.unused
            else []
        )
        if not self.refits:
            return Shown(TITLE, [*unused, Paragraph("It uses no protected attribute.")])
        header = ["left out", "features", "AUC", "cost a client", "lowest ratio of approvals by", "with", "without"]
        rows = [
            [", ".join(each.left_out), str(each.features), _difference(each.auc), _difference(each.cost), attribute,
             number(ratios[0], 2), number(ratios[1], 2)]
            for each in self.refits
            for attribute, ratios in (each.ratios or NO_RATIOS).items()
        ]  # fmt: skip
        table = Table("Differences to the refit with every feature: without less with", header, rows)
        return Shown(TITLE, [Paragraph(text), *unused, table])


def price(
    refits: Sequence[Refit],
    target: np.ndarray,
    groups: Sequence[ClientGroup],
    attributes: Sequence[str],
    bootstraps: int,
    seed: int,
) -> Price:
    """Compare the refits, the first of which has every feature, on (clients,) outcomes.

    `attributes` are the protected ones that the data has, `groups` theirs.
    """
    whole, *others = refits
    used = {name for each in others for name in each.left_out}
    compared = [_compared(whole, each, target, groups, bootstraps, seed) for each in others]
    return Price(features=whole.features, unused=[name for name in attributes if name not in used], refits=compared)


def _compared(
    whole: Refit,
    other: Refit,
    target: np.ndarray,
    groups: Sequence[ClientGroup],
    bootstraps: int,
    seed: int,
) -> LeftOutAttributes:
    auc, auc_low, auc_high = auc_difference(other.probability, whole.probability, target)
    cost, cost_low, cost_high = mean_difference(other.cost - whole.cost, bootstraps, seed)
    ratios: dict[str, tuple[float | None, float | None]] = {}
    for name in other.left_out:
        members = [group.members for group in groups if group.attribute == name]
        both = [_lowest_ratio(each.refused, members) for each in (whole, other)]
        if len(members) > 1:
            ratios[name] = (both[0], both[1])
    return LeftOutAttributes(
        left_out=list(other.left_out),
        features=other.features,
        auc=Estimate(value=auc, low=auc_low, high=auc_high),
        cost=Estimate(value=cost, low=cost_low, high=cost_high),
        ratios=ratios,
    )


def _lowest_ratio(refused: np.ndarray, groups: Sequence[np.ndarray]) -> float | None:
    rates = [float(1 - refused[members].mean()) for members in groups]
    return min(rates) / max(rates) if rates and max(rates) > 0 else None


def _difference(each: Estimate) -> str:
    return f"{signed(each.value)} ({signed(each.low)} to {signed(each.high)})"
