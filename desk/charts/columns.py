"""Counts over time as columns: of parts that stand on each other, or small multiples on one scale."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from markupsafe import Markup

from desk.charts.plane import FOOT, LEFT, Plane, apart
from desk.charts.svg import figure, line, rectangle, text

GAP = 0.2  # of a column's place
ROW, HEAD = 92.0, 30.0  # units of one of the small multiples, and of its name


@dataclass(frozen=True)
class Part:
    """One part of all columns, from the bottom up: its name, its count in each period, and its style."""

    words: str
    counts: Sequence[int]
    style: str


def columns(title: str, ends: tuple[str, str], parts: Sequence[Part], write: Callable[[float], str]) -> Markup:
    """Columns of parts that stand on each other, named beside the last column; `ends` names the first and the last."""
    stacks = [list(accumulate(counts, initial=0)) for counts in zip(*(each.counts for each in parts), strict=True)]
    plane = Plane.to(max(stack[-1] for stack in stacks), len(stacks))
    drawn = plane.frame(*ends, write)
    width = plane.width / len(stacks)
    for place, stack in enumerate(stacks):
        left = LEFT + (place + GAP / 2) * width
        for part, below, above in zip(parts, stack, stack[1:], strict=False):
            if above > below:
                drawn.append(
                    rectangle(left, plane.y(above), (1 - GAP) * width, plane.y(below) - plane.y(above), part.style)
                )
    shown = [(part, place) for place, part in enumerate(parts) if any(part.counts)]
    middles = [plane.y((stacks[-1][place] + stacks[-1][place + 1]) / 2) for _, place in shown]
    for (part, _), y in zip(shown, apart(middles, end=plane.foot), strict=True):
        drawn.append(text(LEFT + plane.width + 8, y + 6, part.words, part.style))
    return figure(plane.height, title, drawn)


def small_multiples(title: str, ends: tuple[str, str], rows: Sequence[Part], write: Callable[[float], str]) -> Markup:
    """A row of columns for each part under its name, all on one scale, whose end is written at each."""
    plane = Plane.to(max(max(row.counts) for row in rows), len(rows[0].counts), right=16.0)
    tall, width, height = ROW - HEAD - 8, plane.width / plane.steps, ROW * len(rows) + FOOT
    drawn = [text(LEFT, height - 8, ends[0], "soft"), text(LEFT + plane.width, height - 8, ends[1], "soft", "end")]
    for place, row in enumerate(rows):
        foot = ROW * (place + 1) - 4
        drawn.append(text(LEFT, foot - tall - 8, row.words, "strong"))
        drawn.append(text(LEFT - 8, foot - tall + 14, write(plane.top), "soft", "end"))
        drawn.append(line(LEFT, foot, LEFT + plane.width, foot))
        for at, count in enumerate(row.counts):
            rise = tall * count / plane.top
            if count:
                left = LEFT + (at + GAP / 2) * width
                drawn.append(rectangle(left, foot - rise, (1 - GAP) * width, rise, row.style))
    return figure(height, title, drawn)
