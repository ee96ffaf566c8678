"""The common style of all plots: matplotlib figures, drawn without a display."""

from functools import cache

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font

BLUE, ORANGE, GREY = "#1f5fa8", "#d1701f", "#8a8a8a"


def blank(
    title: str, x: str, y: str, width: float = 7.2, height: float = 5.4, caption: str = ""
) -> tuple[Figure, Axes]:
    """A figure with one pair of axes; sizes in inches. `caption`: which model, data and clients it shows."""
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    style(axes, x, y)
    head(figure, title, caption)
    return figure, axes


def head(figure: Figure, title: str, caption: str) -> None:
    """Title, with the caption in smaller letters below."""
    figure.suptitle(plain(f"{title}\n{caption}" if caption else title), fontsize=11)


def plain(text: str) -> str:
    """The text as it is: matplotlib would read what is between two dollars, as in a column's name, as mathematics.

    Characters that the font lacks are written as in Python, such as \\u4f4f: it would draw the same box for each.
    """
    glyphs = _glyphs()
    known = "".join(each if each in "\n\t" or ord(each) in glyphs else _escaped(each) for each in text)
    return known.replace("$", r"\$")


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()


@cache
def _glyphs() -> frozenset[int]:
    """The characters of the font that plots are drawn in."""
    return frozenset(get_font(findfont(FontProperties())).get_charmap())


def style(axes: Axes, x: str, y: str) -> None:
    """Name the axes, and draw a light grid without a frame."""
    axes.set(xlabel=x, ylabel=y)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    axes.set_axisbelow(True)
