"""Many groups judged at once: which lie beyond a bound, and not by the chance of looking at many."""

from collections.abc import Sequence
from dataclasses import dataclass

from steps.evaluation.groups import ClientGroup
from steps.gate.holdout_size import clients_that_would_do
from steps.quality.many_tests import holm

LEVEL = 0.05  # of any false alarm among all groups
NAMED = 3  # groups that a finding names
ONE_SIDED = 1.644854  # of the normal distribution, 95 %


@dataclass(frozen=True)
class Measured:
    """A group's figure, worse when higher, with its standard error."""

    group: ClientGroup
    value: float
    error: float

    @property
    def name(self) -> str:
        return f"{self.group.attribute}: {self.group.name}"


@dataclass(frozen=True)
class Beyond:
    """What lies beyond a bound.

    Attributes
    ----------
    failing
        The groups beyond it beyond doubt, the least doubtful first, with their p-values after Holm's correction.
    unclear
        The groups that are too small to tell: what the 95 % bound of their figure allows lies beyond it.
    least
        The smallest p-value of all groups, corrected; 1.0 without groups.
    """

    failing: list[tuple[Measured, float]]
    unclear: list[Measured]
    least: float


def beyond(groups: Sequence[Measured], bound: float) -> Beyond:
    """Which groups' figures are greater than the bound (Holm 1979, one-sided z-tests)."""
    p_values = holm([_p_value(each, bound) for each in groups])
    judged = sorted(zip(groups, p_values, strict=True), key=lambda pair: pair[1])
    failing = [(each, p) for each, p in judged if p < LEVEL]
    unclear = [each for each, p in judged if p >= LEVEL and each.value + ONE_SIDED * each.error > bound]
    return Beyond(failing, unclear, min(p_values, default=1.0))


def how_sure(found: Beyond, groups: int, clients: int, bound: float) -> str:
    """How sure it is that no group lies beyond the bound, and how many clients would do where some cannot be told."""
    if found.failing:
        return f"p = {found.failing[0][1]:.1g} after looking at {groups} groups"
    sure = f"none beyond doubt among {groups} groups (least p = {found.least:.2g} after Holm's correction)"
    if not found.unclear:
        return sure
    needed = [clients_that_would_do(clients, each.error, bound, ONE_SIDED) for each in found.unclear]
    names = ", ".join(each.name for each in found.unclear[:NAMED])
    more = f" and {len(found.unclear) - NAMED} more" if len(found.unclear) > NAMED else ""
    enough = [each for each in needed if each is not None and each > clients]
    would_do = f": about {max(enough):,} clients would do" if enough else ""
    return f"{sure}; too few to tell for {names}{more}{would_do}"


def _p_value(each: Measured, bound: float) -> float:
    from scipy.stats import norm

    if not each.error:
        return float(each.value <= bound)
    return float(norm.sf((each.value - bound) / each.error))
