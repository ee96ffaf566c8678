"""Plot of the gain of features, in words."""

import textwrap
from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from custom_model.meanings import Meaning
from steps.quality.figure_style import BLUE, blank, plain
from steps.tables.feature_in_words import in_words

SHOWN = 25
LINE = 62  # characters


def importance_plot(
    names: list[str], gains: np.ndarray, meanings: Mapping[str, Meaning], caption: str, limit: int = SHOWN
) -> Figure:
    """The `limit` features with the highest gain, as shares of the total gain; fields and derived features in words."""
    order = np.argsort(gains, kind="stable")[-limit:]
    shares = 100 * gains / max(gains.sum(), 1e-12)
    title = f"Importance: {len(order)} of {len(names)} features, {shares[order].sum():.0f} % of the gain"
    figure, axes = blank(title, "share of the total gain (%)", "", 11, 1.8 + 0.36 * len(order), caption)
    axes.barh([_label(names[position], meanings) for position in order], shares[order], color=BLUE)
    axes.tick_params(axis="y", labelsize=8, length=0)
    axes.set_ylim(-0.6, len(order) - 0.4)
    axes.grid(visible=False, axis="y")
    return figure


def _label(name: str, meanings: Mapping[str, Meaning]) -> str:
    words = textwrap.shorten(in_words(name, meanings), LINE, placeholder=" …")
    return plain(f"{words}\n[{name}]" if len(words) + len(name) > LINE else f"{words} [{name}]")
