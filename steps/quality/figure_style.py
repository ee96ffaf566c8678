"""The common style of all plots: matplotlib figures, drawn without a display."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

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
    """The text as it is: matplotlib would read what is between two dollars, as in a column's name, as mathematics."""
    return text.replace("$", r"\$")


def style(axes: Axes, x: str, y: str) -> None:
    """Name the axes, and draw a light grid without a frame."""
    axes.set(xlabel=x, ylabel=y)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    axes.set_axisbelow(True)
