"""Plot of the comparison: the folds of each family, and paired differences from the best family."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from steps.comparison.families import FAMILIES
from steps.comparison.figures import FamilyFigures, best_of, difference
from steps.quality.figure_style import BLUE, GREY, ORANGE, head


def comparison_plot(compared: Sequence[FamilyFigures], caption: str) -> Figure:
    """AUC and cost by fold above, differences from the best with 95 % intervals below.

    The dummy is left out where there are others: its AUC of 0.5 would compress their scale.
    """
    best = best_of(compared)
    visible = sorted(
        (each for each in compared if each.name != "dummy" or len(compared) == 1), key=lambda each: each.figures["auc"]
    )
    figure = Figure(figsize=(11, 2.8 + 0.7 * len(visible)), layout="constrained")
    head(figure, "Families of models", caption)
    (auc, cost), (auc_paired, cost_paired) = figure.subplots(2, 2, sharey=True)
    _levels(auc, visible, "auc", "AUC: higher is better")
    _levels(cost, visible, "cost", "cost per client at the closed-form threshold: lower is better")
    title = FAMILIES[best.name].title
    _paired(auc_paired, visible, best, "auc", f"AUC, difference from {title}")
    _paired(cost_paired, visible, best, "cost", f"cost per client, difference from {title}")
    auc.set_yticks(range(len(visible)), [FAMILIES[each.name].title for each in visible])
    auc.set_ylim(-0.5, len(visible) - 0.5)
    return figure


def _levels(axes: Axes, visible: Sequence[FamilyFigures], name: str, label: str) -> None:
    folds = np.array([each.by_fold[name] for each in visible])
    axes.plot(folds, range(len(visible)), color=GREY, linewidth=0.7, marker="o", markersize=4, alpha=0.7)
    axes.plot(folds.mean(axis=1), range(len(visible)), "D", color=BLUE, markersize=8)
    _style(axes, f"{label}\ngrey: folds, blue: their mean")


def _paired(axes: Axes, visible: Sequence[FamilyFigures], best: FamilyFigures, name: str, label: str) -> None:
    axes.axvline(0, color=GREY, linestyle=":")
    for position, each in enumerate(visible):
        paired = difference(each, best, name)
        low, high = paired.interval
        axes.plot([low, high], [position, position], color=ORANGE if low > 0 or high < 0 else BLUE, linewidth=2)
        axes.plot(paired.mean, position, "D", color=ORANGE if low > 0 or high < 0 else BLUE, markersize=8)
    _style(axes, f"{label}\n95 % intervals; orange: 0 lies outside")


def _style(axes: Axes, label: str) -> None:
    axes.set_xlabel(label)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
