"""The parts of a chart: an SVG that scales with its column, in the page's colours and letters."""

from collections.abc import Iterable

from markupsafe import Markup, escape

WIDTH = 640  # units of a chart's own; the page scales it


def figure(height: float, title: str, parts: Iterable[Markup], width: float = WIDTH) -> Markup:
    """A chart of these parts; `title` is what a person who cannot see it is told."""
    return Markup(
        f'<svg class="chart" viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(title)}">'
        f"{Markup().join(parts)}</svg>"
    )


def text(x: float, y: float, words: str, style: str = "", anchor: str = "start") -> Markup:
    """Words at a place; `anchor` is start, middle or end."""
    return Markup('<text x="{:.1f}" y="{:.1f}" class="{}" text-anchor="{}">{}</text>').format(
        x, y, style, anchor, words
    )


def line(x1: float, y1: float, x2: float, y2: float, style: str = "axis") -> Markup:
    """A straight line."""
    return Markup('<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" class="{}"/>').format(x1, y1, x2, y2, style)


def rectangle(x: float, y: float, width: float, height: float, style: str) -> Markup:
    """A filled rectangle; one without area keeps a hair's width, so that it is seen."""
    return Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" class="{}"/>').format(
        x, y, max(width, 0.5), height, style
    )


def path(points: Iterable[tuple[float, float]], style: str, closed: bool = False) -> Markup:
    """A line through these points, or the area that they enclose."""
    steps = " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return Markup('<path d="M{}{}" class="{}"/>').format(steps, " Z" if closed else "", style)


def circle(x: float, y: float, radius: float, style: str) -> Markup:
    """A point."""
    return Markup('<circle cx="{:.1f}" cy="{:.1f}" r="{:g}" class="{}"/>').format(x, y, radius, style)
