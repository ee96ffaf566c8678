"""The plane of a chart over time or months: an axis from zero to a round end, marks, and labels kept apart."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10

from markupsafe import Markup

from desk.charts.svg import WIDTH, line, text

LEFT, RIGHT, TOP, FOOT = 84.0, 150.0, 20.0, 34.0  # units around the plane, for labels as large as on a phone
GAP = 24.0  # between two labels below each other
ROUND = (1, 2, 2.5, 5, 10)
MARKS = 4  # at most, besides zero


def round_end(highest: float) -> tuple[float, float]:
    """The end of an axis from zero that holds `highest`, and the step of its marks: 0.71 gives 0.8 and 0.2."""
    if highest <= 0:
        return 1.0, 1.0
    least = highest / MARKS
    power = 10 ** floor(log10(least))
    step = next(each * power for each in ROUND if each * power >= least * (1 - 1e-9))
    return step * ceil(highest / step - 1e-9), step


def apart(places: Sequence[float], gap: float = GAP, end: float = float("inf")) -> list[float]:
    """Places in any order, moved down or up so that any two are at least `gap` apart, and none is below `end`."""
    order = sorted(range(len(places)), key=lambda each: places[each])
    moved = list(places)
    for before, place in pairwise(order):
        moved[place] = max(moved[place], moved[before] + gap)
    limit = end
    for place in reversed(order):
        moved[place] = min(moved[place], limit)
        limit = moved[place] - gap
    return moved


@dataclass(frozen=True)
class Plane:
    """A plane of `height` units, of which the values from zero to `top` take what the labels leave.

    `steps` is how many places there are from left to right, and `right` the room for labels at their end.
    """

    height: float
    top: float
    mark: float
    steps: int
    right: float = RIGHT

    @classmethod
    def to(cls, highest: float, steps: int, height: float = 240.0, right: float = RIGHT) -> "Plane":
        """A plane that holds values up to `highest`."""
        return cls(height, *round_end(highest), steps, right)

    @property
    def foot(self) -> float:
        return self.height - FOOT

    @property
    def width(self) -> float:
        return WIDTH - LEFT - self.right

    def x(self, place: float) -> float:
        """The middle of a place, from 0 on."""
        return LEFT + self.width * (place + 0.5) / self.steps

    def y(self, value: float) -> float:
        return self.foot - (self.foot - TOP) * value / self.top

    def frame(self, first: str, last: str, write: Callable[[float], str]) -> list[Markup]:
        """Marks with their values, and the labels of the first and the last place."""
        count = round(self.top / self.mark)
        parts = []
        for value in (round(self.mark * each, 10) for each in range(count + 1)):
            y = self.y(value)
            parts.append(line(LEFT, y, LEFT + self.width, y, "grid" if value else "axis"))
            parts.append(text(LEFT - 8, y + 6, write(value), "soft", "end"))
        parts.append(text(LEFT, self.height - 8, first, "soft"))
        if last:
            parts.append(text(LEFT + self.width, self.height - 8, last, "soft", "end"))
        return parts
