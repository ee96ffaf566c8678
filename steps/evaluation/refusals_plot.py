"""Plot of the refusals by protected group."""

import numpy as np
from matplotlib.figure import Figure

from custom_model.rates import wilson_interval
from steps.evaluation.groups import ClientGroup, attribute_in_words
from steps.evaluation.on_holdout import Evaluation
from steps.quality.figure_style import BLUE, GREY, ORANGE, blank, plain
from steps.tables.feature_table import FeatureTable


def refusals_plot(evaluation: Evaluation, groups: list[ClientGroup], table: FeatureTable, caption: str) -> Figure:
    """The share of each group that is refused, with its 95 % interval, next to the share that defaulted."""
    overall = float(evaluation.refused.mean())
    figure, axes = blank("Refusals by group", "share of the group (%)", "", 9.5, 2.2 + 0.33 * len(groups), caption)
    rates = np.array([evaluation.refused[group.members].mean() for group in groups])
    low, high = wilson_interval(rates, np.array([group.clients for group in groups]))
    defaults = np.array([evaluation.target[group.members].mean() for group in groups])
    attributes = list(dict.fromkeys(group.attribute for group in groups))
    # One row apart between attributes.
    places = -np.array([row + attributes.index(group.attribute) for row, group in enumerate(groups)], float)
    axes.errorbar(100 * rates, places, xerr=100 * np.array([rates - low, high - rates]), fmt="o", color=BLUE,
                  label="refused, 95 % interval")  # fmt: skip
    axes.plot(100 * defaults, places, "d", color=ORANGE, label="defaulted")
    axes.axvline(100 * overall, color=GREY, linestyle=":", label=f"all clients refused: {overall:.1%}")
    words = {name: attribute_in_words(name, table.lineage.meanings) for name in attributes}
    axes.set_yticks(
        places,
        [plain(f"{words[group.attribute]}: {group.name}  ({group.clients:,} clients)") for group in groups],
        fontsize=9,
    )
    axes.set_xlim(0, None)
    figure.legend(*axes.get_legend_handles_labels(), fontsize=9, loc="outside lower center", ncols=3, frameon=False)
    return figure
