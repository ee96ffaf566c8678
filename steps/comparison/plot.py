"""The comparison as one picture: every fold of every family, and the paired differences from the best."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from steps.comparison.families import FAMILIES
from steps.comparison.figures import Compared, best_of, difference
from steps.quality.plots import BLUE, GREY, ORANGE


def comparison_plot(compared: Sequence[Compared]) -> Figure:
    """Above, AUC and cost with a point a fold; below, the differences from the best with intervals of 95 %.

    The dummy is left out where there is anything else: at an AUC of 0.5 it would press the others together.
    """
    best = best_of(compared)
    shown = sorted(
        (each for each in compared if each.name != "dummy" or len(compared) == 1), key=lambda each: each.figures["auc"]
    )
    figure = Figure(figsize=(11, 2.8 + 0.7 * len(shown)), layout="constrained")
    (auc, cost), (auc_paired, cost_paired) = figure.subplots(2, 2, sharey=True)
    _levels(auc, shown, "auc", "AUC: higher is better")
    _levels(cost, shown, "cost", "cost a client at the closed-form threshold: lower is better")
    title = FAMILIES[best.name].title
    _paired(auc_paired, shown, best, "auc", f"AUC, difference from {title}")
    _paired(cost_paired, shown, best, "cost", f"cost a client, difference from {title}")
    auc.set_yticks(range(len(shown)), [FAMILIES[each.name].title for each in shown])
    auc.set_ylim(-0.5, len(shown) - 0.5)
    return figure


def _levels(axes: Axes, shown: Sequence[Compared], name: str, label: str) -> None:
    folds = np.array([each.by_fold[name] for each in shown])
    axes.plot(folds, range(len(shown)), color=GREY, linewidth=0.7, marker="o", markersize=4, alpha=0.7)
    axes.plot(folds.mean(axis=1), range(len(shown)), "D", color=BLUE, markersize=8)
    _dress(axes, f"{label}\ngrey: the folds, blue: their mean")


def _paired(axes: Axes, shown: Sequence[Compared], best: Compared, name: str, label: str) -> None:
    axes.axvline(0, color=GREY, linestyle=":")
    for place, each in enumerate(shown):
        paired = difference(each, best, name)
        low, high = paired.interval
        axes.plot([low, high], [place, place], color=ORANGE if low > 0 or high < 0 else BLUE, linewidth=2)
        axes.plot(paired.mean, place, "D", color=ORANGE if low > 0 or high < 0 else BLUE, markersize=8)
    _dress(axes, f"{label}\n95 % intervals; orange: 0 lies outside")


def _dress(axes: Axes, label: str) -> None:
    axes.set_xlabel(label)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
