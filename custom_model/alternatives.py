"""Alternatives for a refused client: the smallest change of the loan that would be granted, never one of the person.

An explanation by what other data would have led to another result (Court of Justice, C-203/22), and an offer: each
alternative is decided as a request of its own with these values would be.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, NamedTuple, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, Strict, model_validator
from typing_extensions import TypedDict  # pydantic's schema needs it before Python 3.12

from custom_model.applications import Applications
from custom_model.contract import Contract
from custom_model.costs import Costs, Outcome
from custom_model.ranges import Range

UNBOUNDED = Range()
BATCH = 1_000  # applications on the grid at once: 657 fields take 5 MB

Judge = Callable[[Applications], tuple[list[float], list[Outcome]]]
"""The probability and the decision of each application, as `Decider.decide` has them."""


class Move(BaseModel):
    """How far a field of the loan may move in an alternative, in equal steps.

    Parameters
    ----------
    lower : float or None
        Share of the value by which it may fall, below 1; in place of `higher`.
    higher : float or None
        Share of the value by which it may rise, at most 10; in place of `lower`.
    steps : int
        Number of values tried, at most 100: 0.3 in 30 steps tries 1 %, 2 % and up to 30 % less.
    in_proportion : tuple of str
        Fields that move by the same factor, such as the annuity with the credit; one without a value keeps none.
    decimals : int
        Digits after the point that values are rounded to; a whole number has none.

    Raises
    ------
    pydantic.ValidationError
        For neither or both of `lower` and `higher`, or another key.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    lower: Annotated[float, Strict()] | None = Field(None, gt=0, lt=1)
    higher: Annotated[float, Strict()] | None = Field(None, gt=0, le=10)
    steps: Annotated[int, Strict()] = Field(30, ge=1, le=100)
    in_proportion: tuple[str, ...] = ()
    decimals: Annotated[int, Strict()] = Field(2, ge=0, le=9)

    @model_validator(mode="after")
    def _has_one_direction(self) -> Self:
        if (self.lower is None) == (self.higher is None):
            raise ValueError("expected one of `lower` and `higher`")
        return self

    @property
    def factors(self) -> np.ndarray:
        """(steps,) what a value is multiplied by, the smallest change first."""
        furthest = self.higher if self.lower is None else -self.lower
        assert furthest is not None
        return 1.0 + furthest * np.arange(1, self.steps + 1) / self.steps


class Alternative(TypedDict):
    """A change of the loan that would have been granted, the smallest one on the policy's grid.

    Attributes
    ----------
    field : str
        Field of the loan that moves, such as AMT_CREDIT.
    values : dict of str to float
        New value of this field and of those that move in proportion: the same application with these is granted.
    probability_of_default : float
        Of that application, calibrated.
    expected_cost_granted, expected_cost_refused : float
        Expected cost of each decision on it, in the unit of the policy's costs.
    """

    field: str
    values: dict[str, float]
    probability_of_default: float
    expected_cost_granted: float
    expected_cost_refused: float


class _Variant(NamedTuple):
    """One application on the grid: the row it comes from, the field that moves, and the new value of each column."""

    row: int
    field: str
    values: dict[int, float]


class Alternatives:
    """The search for alternatives under one policy.

    Parameters
    ----------
    contract : Contract
        The fields.
    moves : mapping of str to Move
        The policy's, by field; every field is a numeric one of the contract.
    ranges : mapping of str to Range
        Ranges of the numeric fields: no alternative has a value that a request could not have.
    costs : Costs
        The policy's.
    """

    def __init__(self, contract: Contract, moves: Mapping[str, Move], ranges: Mapping[str, Range], costs: Costs):
        self._contract = contract
        self._moves = moves
        self._ranges = {contract.column_of[name]: bounds for name, bounds in ranges.items()}
        self._costs = costs

    def find(self, applications: Applications, rows: Sequence[int], judge: Judge) -> dict[int, list[Alternative]]:
        """The alternatives of these rows: for each of the policy's moves the smallest that is granted, if any is.

        One client's grid is one batch of the booster; more clients share batches of about `BATCH` applications.
        """
        found: dict[int, list[Alternative]] = {row: [] for row in rows}
        size = max(1, BATCH // max(1, sum(move.steps for move in self._moves.values())))
        for first in range(0, len(rows), size):
            batch = rows[first : first + size]
            variants = [variant for row in batch for variant in self._variants(applications.values[row], row)]
            if variants:
                self._add_granted(found, variants, judge(_applications(applications, variants)))
        return found

    def _add_granted(
        self,
        found: dict[int, list[Alternative]],
        variants: list[_Variant],
        judged: tuple[list[float], list[Outcome]],
    ) -> None:
        """Add the first granted variant of each row and field."""
        has = set[tuple[int, str]]()
        for variant, probability, outcome in zip(variants, *judged, strict=True):
            if outcome == "granted" and (variant.row, variant.field) not in has:
                has.add((variant.row, variant.field))
                found[variant.row].append(self._alternative(variant, probability))

    def _alternative(self, variant: _Variant, probability: float) -> Alternative:
        return Alternative(
            field=variant.field,
            values={self._contract.fields[column]: value for column, value in variant.values.items()},
            probability_of_default=probability,
            expected_cost_granted=self._costs.granted(probability),
            expected_cost_refused=self._costs.refused(probability),
        )

    def _variants(self, application: np.ndarray, row: int) -> Iterator[_Variant]:
        """The grid of one application, the smallest change of each field first."""
        for name, move in self._moves.items():
            moving, *following = (self._contract.column_of[each] for each in (name, *move.in_proportion))
            value = float(application[moving])
            if not value > 0 or value in self._bounds(moving).special:  # missing, or no amount that has shares
                continue
            last = value
            for moved in self._moved(value, moving, move):
                if moved in (last, value) or moved <= 0 or (moved > value) != (move.lower is None):
                    continue  # rounded to the value before, to nothing, or to the other side
                last, values = moved, {moving: moved}
                for column in following:
                    (followed,) = self._rounded(application[[column]] * (moved / value), column, move.decimals)
                    if followed == followed:
                        values[column] = followed
                if all(self._is_possible(column, each) for column, each in values.items()):
                    yield _Variant(row, name, values)

    def _moved(self, value: float, column: int, move: Move) -> list[float]:
        """The rounded values that are tried, the smallest change first; none lies beyond the policy's share."""
        moved, furthest = np.array(self._rounded(value * move.factors, column, move.decimals)), value * move.factors[-1]
        unit = 10.0 ** -self._decimals(column, move.decimals)
        back = unit if move.higher is None else -unit
        is_beyond = (furthest - moved) * np.sign(back) > 1e-6 * unit
        return np.where(is_beyond, self._rounded(moved + back, column, move.decimals), moved).tolist()

    def _rounded(self, values: np.ndarray, column: int, decimals: int) -> list[float]:
        return np.round(values, self._decimals(column, decimals)).tolist()

    def _decimals(self, column: int, decimals: int) -> int:
        return 0 if self._bounds(column).whole else decimals

    def _bounds(self, column: int) -> Range:
        return self._ranges.get(column, UNBOUNDED)

    def _is_possible(self, column: int, value: float) -> bool:
        bounds = self._bounds(column)
        return (
            abs(value) < np.inf
            and (bounds.lowest is None or value >= bounds.lowest)
            and (bounds.highest is None or value <= bounds.highest)
        )


def _applications(applications: Applications, variants: list[_Variant]) -> Applications:
    """The variants as applications, each with all else of the row that it comes from."""
    values = applications.values[[variant.row for variant in variants]]
    for place, variant in enumerate(variants):
        values[place, list(variant.values)] = list(variant.values.values())
    unknown = {
        place: applications.unknown[variant.row]
        for place, variant in enumerate(variants)
        if variant.row in applications.unknown
    }
    return Applications([None] * len(variants), values, unknown)
