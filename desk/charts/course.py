"""The course of a rate over time: a line with its band, and a dashed one that it is held against."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from desk.charts.plane import LEFT, Plane, apart
from desk.charts.svg import circle, figure, line, path, text


@dataclass(frozen=True)
class Point:
    """A period with its rate and the ends of its interval; null where too little is known of it."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Level:
    """A level to hold the line against, with its name."""

    value: float
    words: str


def course(
    title: str,
    points: Sequence[Point],
    write: Callable[[float], str],
    mark: Callable[[float], str],
    level: Level | None = None,
) -> Markup:
    """A line from the first period to the last, broken where a period has no rate; the axis begins at zero.

    `write` gives a rate in the page's language, `mark` a value of the axis. The last rate and the level are named at
    their ends.
    """
    values = [each.high if each.high is not None else each.value or 0.0 for each in points]
    plane = Plane.to(max([*values, level.value if level else 0.0]), len(points))
    parts = plane.frame(points[0].label, points[-1].label if len(points) > 1 else "", mark)
    for known, run in groupby(enumerate(points), key=lambda each: each[1].value is not None):
        if known:
            parts += _run(list(run), plane)
    return figure(plane.height, title, [*parts, *_named(points, plane, write, level)])


def _run(run: list[tuple[int, Point]], plane: Plane) -> list[Markup]:
    """Periods in a row that have a rate."""
    line_through = [(plane.x(place), plane.y(each.value or 0.0)) for place, each in run]
    bounds = [
        (plane.x(place), plane.y(each.low), plane.y(each.high))
        for place, each in run
        if each.low is not None and each.high is not None
    ]
    if len(run) == 1:
        (x, y) = line_through[0]
        return [*(line(x, low, x, high, "range") for x, low, high in bounds), circle(x, y, 4, "bar")]
    area = [(x, high) for x, _, high in bounds] + [(x, low) for x, low, _ in reversed(bounds)]
    return [*([path(area, "band", closed=True)] if area else []), path(line_through, "line")]


def _named(points: Sequence[Point], plane: Plane, write: Callable[[float], str], level: Level | None) -> list[Markup]:
    last = next((each.value for each in reversed(points) if each.value is not None), None)
    named = [] if last is None else [(last, write(last), "strong")]
    end, parts = LEFT + plane.width, list[Markup]()
    if level is not None:
        parts.append(line(LEFT, plane.y(level.value), end, plane.y(level.value), "other"))
        named.append((level.value, level.words, "soft"))
    places = apart([plane.y(value) for value, *_ in named], end=plane.foot)
    return [*parts, *(text(end + 8, y + 6, words, style) for y, (_, words, style) in zip(places, named, strict=True))]
