"""Pictures of contributions: a swarm for each of the strongest features, and the dependence on a feature's value.

They are the summary and the dependence plot of the shap package, from the booster's own contributions. The package
itself brings 190 MB (numba and llvmlite) and 3.8 s of processor time at import for these two pictures.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from steps.evaluation.groups import SMALLEST_GROUP
from steps.evaluation.inspection import Driver
from steps.quality.figure_style import BLUE, GREY, ORANGE, blank, plain, style

SCALE = LinearSegmentedColormap.from_list("low to high", [BLUE, "#b9b3c9", ORANGE])
CELLS = 90  # across a swarm: points of one cell lie beside each other
HALF_ROW = 0.4
MOST_LEVELS = 8
CLIPPED = (1, 99)  # percentiles of the values: beyond them a point would be one recognisable client's


def beeswarm(drivers: list[Driver], words: list[str], caption: str) -> Figure:
    """A row for each feature, the strongest on top; a point for each client at the feature's contribution."""
    figure, axes = blank("Contributions", "contribution to the log-odds of a default", "", 8.2,
                         1.6 + 0.42 * len(drivers), caption)  # fmt: skip
    for row, driver in enumerate(drivers):
        contributions = np.clip(driver.contributions, *_bounds(driver.contributions))
        axes.scatter(contributions, _swarm(contributions) - row, c=_colours(driver), s=5, linewidths=0, alpha=0.8,
                     rasterized=True)  # fmt: skip
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set_yticks(-np.arange(len(drivers)), [plain(each) for each in words], fontsize=8)
    axes.set_ylim(-len(drivers) + 0.4, 0.6)
    axes.grid(visible=False, axis="y")
    return figure


def dependence(driver: Driver) -> Figure:
    """Contribution against value; a category by its levels, the one of the highest risk first."""
    figure = Figure(figsize=(3.5, 2.5), layout="constrained")
    axes = figure.add_subplot()
    style(axes, plain(driver.feature), "contribution")
    axes.tick_params(labelsize=8)
    axes.xaxis.label.set_fontsize(8)
    axes.yaxis.label.set_fontsize(8)
    axes.axhline(0, color=GREY, linewidth=0.8)
    if driver.levels:
        _levels(axes, driver)
    else:
        _numbers(axes, driver)
    return figure


def _numbers(axes: Axes, driver: Driver) -> None:
    values, contributions = np.array(driver.values, float), np.array(driver.contributions, float)
    known = ~np.isnan(values)
    if not known.any():
        return
    low, high = _bounds(values[known])
    inside = known & (values >= low) & (values <= high)
    axes.scatter(values[inside], np.clip(contributions[inside], *_bounds(contributions)), s=5, color=BLUE, alpha=0.5,
                 linewidths=0)  # fmt: skip


def _levels(axes: Axes, driver: Driver) -> None:
    values, contributions = np.array(driver.values, float), np.array(driver.contributions, float)
    names = {code: name for name, code in driver.levels.items()}
    members = {code: values == code for code in names}
    means = {code: float(contributions[each].mean()) for code, each in members.items() if each.sum() >= SMALLEST_GROUP}
    shown = sorted(means, key=lambda code: -means[code])[:MOST_LEVELS]
    axes.bar(range(len(shown)), [means[code] for code in shown], color=BLUE, width=0.6)
    labels = [plain(names[code] if len(names[code]) <= 14 else names[code][:13] + "…") for code in shown]
    axes.set_xticks(range(len(shown)), labels, fontsize=7, rotation=35, ha="right")


def _bounds(values: np.ndarray | list[float]) -> tuple[float, float]:
    low, high = np.percentile(np.asarray(values, float), CLIPPED)
    return float(low), float(high)


def _swarm(contributions: np.ndarray) -> np.ndarray:
    """Heights around 0: points of one cell lie side by side, the densest cell takes the whole row."""
    low, width = contributions.min(), max(float(np.ptp(contributions)), 1e-12)
    cells = np.minimum(((contributions - low) / width * CELLS).astype(int), CELLS - 1)
    order = np.argsort(cells, kind="stable")
    counts = np.bincount(cells, minlength=CELLS)
    place = np.empty(len(cells))
    place[order] = np.arange(len(cells)) - np.repeat(np.cumsum(counts) - counts, counts)
    return HALF_ROW * (place - (counts[cells] - 1) / 2) * 2 / max(int(counts.max()), 20)


def _colours(driver: Driver) -> np.ndarray:
    """By the rank of the value; grey where it is missing or a category's."""
    values = np.array(driver.values, float)
    known = ~np.isnan(values)
    colours = np.tile([0.6, 0.6, 0.6, 1.0], (len(values), 1))
    if known.any() and not driver.levels:
        low, high = _bounds(values[known])
        colours[known] = SCALE(np.clip((values[known] - low) / max(high - low, 1e-12), 0, 1))
    return colours
