"""Plot of calibration: observed against predicted default rates, with a panel for the low end."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from custom_model.rates import wilson_interval
from steps.quality.figure_style import BLUE, GREY, ORANGE, head, style
from steps.quality.figures import calibration_bins, calibration_error

LOW_END = 7  # tenths of the clients, of the lowest risk: on one scale with the rest they are one heap


def calibration_plot(probability: np.ndarray, target: np.ndarray, threshold: float, caption: str) -> Figure:
    """All tenths of the clients on the left, those of the lowest risk on the right.

    Bars are the 95 % intervals of the observed rates (Wilson 1927).
    """
    predicted, observed, size = calibration_bins(probability, target)
    low, high = wilson_interval(observed, size)
    figure = Figure(figsize=(10.5, 5.6), layout="constrained")
    head(figure, f"Calibration: mean error {calibration_error(probability, target):.4f}", caption)
    left, right = figure.subplots(1, 2)
    for axes, shown, x in (
        (left, len(predicted), "predicted probability of default"),
        (right, LOW_END, f"the same, the {LOW_END} tenths of the lowest risk"),
    ):
        style(axes, x, "observed default rate")
        part = slice(0, shown)
        limit = 1.06 * max(predicted[part].max(), high[part].max(), 1e-3)
        _panel(axes, predicted[part], observed[part], low[part], high[part], limit)
        if threshold <= limit:
            axes.axvline(threshold, color=ORANGE, linewidth=1, label=f"threshold in use {threshold:.4f}")
    left.legend(loc="upper left", fontsize=9)
    return figure


def _panel(
    axes: Axes, predicted: np.ndarray, observed: np.ndarray, low: np.ndarray, high: np.ndarray, limit: float
) -> None:
    axes.plot([0, limit], [0, limit], color=GREY, linestyle=":", label="perfect")
    error = np.array([observed - low, high - observed])
    axes.errorbar(predicted, observed, error, fmt="o", color=BLUE, label="a tenth of the clients, 95 % interval")
    axes.set(xlim=(0, limit), ylim=(0, limit), aspect="equal")
