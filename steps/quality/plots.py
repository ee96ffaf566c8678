"""Plots of a model as matplotlib figures, drawn without a display."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from custom_model.costs import Costs
from steps.quality.figures import calibration_bins
from steps.quality.thresholds import cost_curve

BLUE, ORANGE, GREY = "#1f5fa8", "#d1701f", "#8a8a8a"


def performance_plots(probability: np.ndarray, target: np.ndarray, costs: Costs) -> dict[str, Figure]:
    """ROC, precision-recall, calibration and cost curves, by file name."""
    return {
        "roc.png": _roc(probability, target),
        "precision_recall.png": _precision_recall(probability, target),
        "calibration.png": _calibration(probability, target),
        "cost_by_threshold.png": _cost(probability, target, costs),
    }


def importance_plot(names: list[str], gains: np.ndarray, limit: int = 25) -> Figure:
    """The `limit` features with the highest gain, as shares of the total gain."""
    order = np.argsort(gains)[-limit:]
    figure, axes = blank("Gain importance", "share of the total gain (%)", "", width=9, height=8)
    axes.barh([names[position] for position in order], 100 * gains[order] / max(gains.sum(), 1e-12), color=BLUE)
    axes.tick_params(axis="y", labelsize=8)
    return figure


def blank(title: str, x: str, y: str, width: float = 6.4, height: float = 5.2) -> tuple[Figure, Axes]:
    """A figure with one pair of axes in the common style; sizes in inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.set(title=title, xlabel=x, ylabel=y)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    return figure, axes


def _roc(probability: np.ndarray, target: np.ndarray) -> Figure:
    figure, axes = blank("ROC", "good clients refused", "defaults refused")
    axes.plot(*roc_curve(target, probability)[:2], color=BLUE, label=f"AUC {roc_auc_score(target, probability):.3f}")
    axes.plot([0, 1], [0, 1], color=GREY, linestyle=":", label="chance")
    axes.legend(loc="lower right")
    return figure


def _precision_recall(probability: np.ndarray, target: np.ndarray) -> Figure:
    figure, axes = blank("Precision and recall", "recall: defaults refused", "precision: defaults among the refused")
    precision, recall, _ = precision_recall_curve(target, probability)
    label = f"average precision {average_precision_score(target, probability):.3f}"
    axes.plot(recall, precision, color=BLUE, label=label)
    axes.axhline(target.mean(), color=GREY, linestyle=":", label=f"default rate {target.mean():.3f}")
    axes.legend(loc="upper right")
    return figure


def _calibration(probability: np.ndarray, target: np.ndarray) -> Figure:
    figure, axes = blank("Calibration", "predicted probability of default", "observed default rate")
    predicted, observed, size = calibration_bins(probability, target)
    error = 1.96 * np.sqrt(np.maximum(predicted * (1 - predicted), 1e-12) / size)
    limit = 1.05 * max(predicted.max(), (observed + error).max())
    axes.errorbar(predicted, observed, error, fmt="o", color=BLUE, label="tenths of the clients, 95 % noise")
    axes.plot([0, limit], [0, limit], color=GREY, linestyle=":", label="perfect")
    axes.set(xlim=(0, limit), ylim=(0, limit))
    axes.legend(loc="upper left")
    return figure


def _cost(probability: np.ndarray, target: np.ndarray, costs: Costs) -> Figure:
    figure, axes = blank(
        "Cost against threshold", "threshold: refused from this probability on", "cost for each client"
    )
    curve = cost_curve(probability, target, costs)
    visible = curve.thresholds <= max(3 * costs.threshold, float(np.quantile(probability, 0.99)))
    axes.plot(curve.thresholds[visible], curve.cost[visible], color=BLUE, label="on these clients")
    axes.axvline(costs.threshold, color=ORANGE, label=f"closed form {costs.threshold:.4f}")
    lowest = int(np.argmin(curve.cost))
    label = f"lowest: {curve.cost[lowest]:.3f} at {curve.thresholds[lowest]:.4f}"
    axes.plot(curve.thresholds[lowest], curve.cost[lowest], "o", color=BLUE, label=label)
    refuse_all = costs.false_positive * (1 - target.mean())
    axes.axhline(costs.false_negative * target.mean(), color=GREY, linestyle=":", label="all granted")
    axes.axhline(refuse_all, color=GREY, linestyle="--", label="all refused")
    axes.legend(fontsize=8)
    return figure
