"""Figures below each other, each with its interval, on one axis."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from desk.charts.plane import round_end
from desk.charts.svg import WIDTH, circle, figure, line, text

ROW, LABEL, AXIS, MARGIN = 58.0, 20.0, 34.0, 24.0


@dataclass(frozen=True)
class Interval:
    """A figure with its name and the ends of its interval; `before` is what it is held against, a hollow mark."""

    words: str
    value: float
    low: float
    high: float
    before: float | None = None


def intervals(title: str, rows: Sequence[Interval], write: Callable[[float], str]) -> Markup:
    """Each figure under its name as a point with its interval, on an axis that has zero, and `write`s its ends."""
    known = [each for row in rows for each in (row.low, row.high, row.before) if each is not None]
    high = round_end(max(known))[0] if max(known) > 0 else 0.0
    low = -round_end(-min(known))[0] if min(known) < 0 else 0.0 if high else -1.0
    height = ROW * len(rows) + AXIS

    def x(value: float) -> float:
        return MARGIN + (WIDTH - 2 * MARGIN) * (value - low) / (high - low)

    parts = [line(x(0), 0, x(0), height - AXIS, "axis")]
    for value in sorted({low, 0.0, high}):
        anchor = "start" if value == low else "end" if value == high else "middle"
        parts.append(text(x(value), height - 10, write(value), "soft", anchor))
    for place, row in enumerate(rows):
        y = ROW * place + LABEL + 18
        parts.append(text(MARGIN, ROW * place + LABEL, row.words))
        parts.append(line(x(row.low), y, x(row.high), y, "range"))
        if row.before is not None:
            parts.append(line(x(row.before), y - 9, x(row.before), y + 9, "threshold"))
        parts.append(circle(x(row.value), y, 6, "bar"))
    return figure(height, title, parts)
