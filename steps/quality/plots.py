"""Plots of a model's probabilities against outcomes: ROC, precision and recall, cost, scores by outcome."""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from custom_model.costs import Costs, is_refused
from steps.quality.calibration_plot import calibration_plot
from steps.quality.figure_style import BLUE, GREY, ORANGE, blank
from steps.quality.figures import realised_cost
from steps.quality.thresholds import ThresholdCheck, cost_curve

LEAST_REFUSED = 20  # clients: the precision of fewer jumps from client to client
SCORE_BINS = 45


@dataclass(frozen=True)
class Plotted:
    """What the plots show.

    Attributes
    ----------
    caption
        Model, data, and whether the clients are out of fold or held out.
    probability, target
        (rows,) probabilities of default, and outcomes, 1 for a default.
    costs
        Costs of the two errors.
    threshold
        The threshold in use.
    check
        The threshold of the lowest cost on these clients, with its band.
    """

    caption: str
    probability: np.ndarray
    target: np.ndarray
    costs: Costs
    threshold: float
    check: ThresholdCheck

    @property
    def refused_shares(self) -> tuple[float, float]:
        """Shares of the good clients and of the defaults that the threshold in use refuses."""
        refused = is_refused(self.probability, self.threshold)
        return float(refused[self.target == 0].mean()), float(refused[self.target == 1].mean())


def performance_plots(plotted: Plotted) -> dict[str, Figure]:
    """ROC, precision-recall, calibration and cost curves, and scores by outcome, by file name."""
    return {
        "roc.png": _roc(plotted),
        "precision_recall.png": _precision_recall(plotted),
        "calibration.png": calibration_plot(plotted.probability, plotted.target, plotted.threshold, plotted.caption),
        "cost_by_threshold.png": _cost(plotted),
        "scores_by_outcome.png": _scores(plotted),
    }


def _roc(plotted: Plotted) -> Figure:
    probability, target = plotted.probability, plotted.target
    figure, axes = blank("ROC", "good clients refused", "defaults refused", 6.2, 6.2, plotted.caption)
    curve = roc_curve(target, probability, drop_intermediate=False)[:2]
    axes.plot(*curve, color=BLUE, label=f"AUC {roc_auc_score(target, probability):.3f}")
    axes.plot([0, 1], [0, 1], color=GREY, linestyle=":", label="chance")
    good, bad = plotted.refused_shares
    label = f"threshold in use {plotted.threshold:.4f}: {bad:.0%} of defaults,\n{good:.0%} of good clients refused"
    axes.plot(good, bad, "o", color=ORANGE, markersize=9, label=label)
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
    _percent(axes, "xy")
    axes.legend(loc="lower right", fontsize=9)
    return figure


def _precision_recall(plotted: Plotted) -> Figure:
    """From `LEAST_REFUSED` refused clients on; scikit-learn's curve has a point of nobody (recall 0, precision 1)."""
    probability, target = plotted.probability, plotted.target
    figure, axes = blank(
        "Precision and recall",
        "recall: defaults refused",
        "precision: defaults among the refused",
        caption=plotted.caption,
    )
    order = np.argsort(-probability, kind="stable")
    defaults = np.cumsum(target[order] == 1)
    last = np.flatnonzero(np.append(np.diff(probability[order]) < 0, True))  # of clients of equal probability
    last = last[last >= min(LEAST_REFUSED, len(target)) - 1]
    recall, precision = defaults[last] / defaults[-1], defaults[last] / (last + 1)
    label = f"average precision {average_precision_score(target, probability):.3f}"
    axes.plot(recall, precision, color=BLUE, label=label)
    rate = target.mean()
    axes.plot([0, 1], [rate, rate], color=GREY, linestyle=":", label=f"default rate: refusing at random, {rate:.1%}")
    refused = is_refused(probability, plotted.threshold)
    if refused.any():
        point = plotted.refused_shares[1], float(target[refused].mean())
        label = f"threshold in use {plotted.threshold:.4f}: {point[1]:.0%} of the refused default"
        axes.plot(*point, "o", color=ORANGE, markersize=9, label=label)
    axes.set(xlim=(-0.01, 1.01), ylim=(0, min(1.02, 1.3 * max(precision.max(), rate))))
    _percent(axes, "xy")
    axes.legend(loc="upper right", fontsize=9)
    return figure


def _cost(plotted: Plotted) -> Figure:
    figure, axes = blank(
        "Cost against threshold",
        "threshold: refused from this probability of default on",
        "cost for each client",
        caption=plotted.caption,
    )
    probability, target, costs, check = plotted.probability, plotted.target, plotted.costs, plotted.check
    curve = cost_curve(probability, target, costs)
    limit = max(3 * plotted.threshold, 1.3 * check.band[1], float(np.quantile(probability, 0.99)))
    limit = min(limit, 1.0)
    visible = curve.thresholds <= limit
    axes.axvspan(*check.band, color=BLUE, alpha=0.12, linewidth=0, label="98 % of resamples are cheapest here")
    axes.plot(curve.thresholds[visible], curve.cost[visible], color=BLUE, label="cost of the decisions")
    refused_now = is_refused(probability, plotted.threshold)
    at = float(realised_cost(refused_now, target, costs).mean())
    label = f"threshold in use {plotted.threshold:.4f}: {at:.3f}"
    axes.axvline(plotted.threshold, color=ORANGE, label=label)
    lowest = int(np.argmin(curve.cost))
    label = f"lowest: {curve.cost[lowest]:.3f} at {curve.thresholds[lowest]:.4f}"
    axes.plot(curve.thresholds[lowest], curve.cost[lowest], "o", color=BLUE, label=label)
    granted, refused = costs.false_negative * target.mean(), costs.false_positive * (1 - target.mean())
    axes.axhline(granted, color=GREY, linestyle=":", label=f"all granted: {granted:.3f}")
    axes.axhline(refused, color=GREY, linestyle="--", label=f"all refused: {refused:.3f}")
    top = max(granted, refused, float(curve.cost[visible].max(initial=0.0)))
    axes.set(xlim=(0, limit), ylim=(0, 1.05 * top))
    axes.legend(fontsize=9, loc="lower right")
    return figure


def _scores(plotted: Plotted) -> Figure:
    """The probabilities of good clients and of defaults, each as shares of their own number."""
    figure, axes = blank(
        "Scores by outcome",
        "probability of default, log scale",
        "share of the clients with this outcome",
        caption=plotted.caption,
    )
    probability = np.clip(plotted.probability, 1e-6, 1.0)
    low, high = probability.min(), max(probability.max(), plotted.threshold)
    edges = np.geomspace(0.9 * min(low, plotted.threshold), min(1.0, 1.1 * high), SCORE_BINS)
    names = ("good clients", "defaults")
    for outcome, color, name, refused in zip((0, 1), (BLUE, ORANGE), names, plotted.refused_shares, strict=True):
        scores = probability[plotted.target == outcome]
        label = f"{len(scores):,} {name}: {refused:.0%} refused"
        weights = np.full(len(scores), 1 / len(scores))
        axes.hist(scores, edges.tolist(), weights=weights, histtype="stepfilled", alpha=0.35, color=color, label=label)
        axes.hist(scores, edges.tolist(), weights=weights, histtype="step", color=color, linewidth=1.2)
    axes.axvline(plotted.threshold, color="black", linewidth=1.2, label=f"threshold in use {plotted.threshold:.4f}")
    axes.set_ylim(0, 1.25 * axes.get_ylim()[1])
    sides = {"granted ": (plotted.threshold, "right"), " refused": (plotted.threshold, "left")}
    for text, (place, side) in sides.items():
        axes.text(place, 0.985, text, ha=side, va="top", transform=axes.get_xaxis_transform(), color="#444444")
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.3g}")
    _percent(axes, "y")
    axes.legend(loc="upper left", fontsize=9)
    return figure


def _percent(axes: Axes, which: str) -> None:
    for name in which:
        axis = axes.xaxis if name == "x" else axes.yaxis
        axis.set_major_formatter(PercentFormatter(1.0, decimals=None))
