"""Curves by months since the decision, one for each cohort."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from desk.charts.plane import LEFT, Plane, apart
from desk.charts.svg import circle, figure, path, text

MOST = 6  # curves; more cannot be told apart


@dataclass(frozen=True)
class Curve:
    """The rates of a cohort 0, 1, 2, ... months after the decision."""

    words: str
    rates: Sequence[float]


def curves(title: str, cohorts: Sequence[Curve], ends: tuple[str, str], write: Callable[[float], str]) -> Markup:
    """The newest cohorts, the last one strong, each named at its end; `ends` names the first month and the last."""
    shown = cohorts[-MOST:]
    plane = Plane.to(max(max(each.rates) for each in shown), max(len(each.rates) for each in shown))
    parts = plane.frame(*ends, write)
    places = apart([plane.y(each.rates[-1]) for each in shown], end=plane.foot)
    for each, y in zip(shown, places, strict=True):
        is_last = each is shown[-1]
        points = [(plane.x(month), plane.y(rate)) for month, rate in enumerate(each.rates)]
        parts.append(path(points, "line" if is_last else "earlier"))
        if len(points) == 1:
            parts.append(circle(*points[0], 4, "bar"))
        parts.append(text(LEFT + plane.width + 8, y + 6, each.words, "strong" if is_last else "soft"))
    return figure(plane.height, title, parts)
