"""Pictures of expected and realised cost, approvals and defaults, of the figures that the report has."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from steps.evaluation.report.document import Estimate
from steps.monitoring.decisions import expected, fairness
from steps.monitoring.decisions.expected import ExpectedCost
from steps.monitoring.decisions.fairness import Fairness
from steps.monitoring.outcomes import calibration_in_use, vintages
from steps.monitoring.outcomes.calibration_in_use import CalibrationInUse
from steps.monitoring.outcomes.vintages import Vintages
from steps.quality.figure_style import BLUE, GREY, ORANGE, blank, plain

WIDE = 10.0  # inches
LABELS = 12  # of an axis of time


def cost_pictures(found: ExpectedCost) -> dict[str, Figure]:
    """Expected cost and approvals over time, by name; none of fewer than two periods."""
    cost, approval = expected.PICTURES
    if not found.has_course:
        return {}
    starts = [each.start for each in found.periods]
    costs = blank("Expected cost of a decision", found.unit, "expected cost", WIDE, 4.0)
    _over_time(costs[1], starts, [each.cost for each in found.periods], found.reference_cost)
    grants = blank("Share granted", found.unit, "share granted", WIDE, 4.0)
    _over_time(grants[1], starts, [each.granted for each in found.periods], found.reference_granted)
    grants[1].yaxis.set_major_formatter(PercentFormatter(1))
    return {cost: costs[0], approval: grants[0]}


def calibration_picture(found: CalibrationInUse) -> dict[str, Figure]:
    """Default rates against the expected ones, by tenth; none without tenths."""
    if not found.tenths:
        return {}
    figure, axes = blank("Calibration in use", "expected to default", "defaulted")
    x = np.array([each.expected for each in found.tenths])
    y, errors = _with_errors([each.realised for each in found.tenths])
    limit = 1.06 * max(float(x.max()), float((y + errors[1]).max()), 1e-3)
    axes.plot([0, limit], [0, limit], color=GREY, linestyle=":", label="as foretold")
    axes.errorbar(x, y, errors, fmt="o", color=BLUE, label="loans of similar probability, 95 % interval")
    axes.set(xlim=(0, limit), ylim=(0, limit))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1))
    axes.legend(loc="upper left", fontsize=9)
    return {calibration_in_use.PICTURE: figure}


def vintage_picture(found: Vintages) -> dict[str, Figure]:
    """One curve a cohort; none without curves."""
    if not found.vintages:
        return {}
    figure, axes = blank("Vintage curves", "months since the decision", "defaulted", WIDE, 4.6)
    blues = _shades(len(found.vintages))
    for each, colour in zip(found.vintages, blues, strict=True):
        axes.plot(range(len(each.rates)), each.rates, color=colour, label=each.start)
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.legend(title=found.unit, fontsize=8, ncols=1 + len(blues) // 12, loc="upper left", bbox_to_anchor=(1, 1))
    return {vintages.PICTURE: figure}


def fairness_picture(found: Fairness) -> dict[str, Figure]:
    """The share granted of each protected group, beside the reference's; none without groups."""
    if not found.groups:
        return {}
    figure, axes = blank("Approval by protected group", "share granted", "", WIDE, 1.6 + 0.32 * len(found.groups))
    places = np.arange(len(found.groups))[::-1]
    for offset, colour, label, shares in (
        (0.1, BLUE, "in the window", [each.granted for each in found.groups]),
        (-0.1, ORANGE, "in the reference", [each.reference_granted for each in found.groups]),
    ):
        x, errors = _with_errors(shares)
        axes.errorbar(x, places + offset, xerr=errors, fmt="o", markersize=4, color=colour, label=label)
    axes.set_yticks(places, [plain(f"{each.attribute}: {each.group}") for each in found.groups])
    axes.set_ylim(-0.6, len(found.groups) - 0.4)
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.legend(fontsize=9, loc="upper left", bbox_to_anchor=(1, 1))
    return {fairness.PICTURE: figure}


def _over_time(axes: Axes, starts: Sequence[str], estimates: Sequence[Estimate], reference: float) -> None:
    """A line with its band that is broken where a period has no figure, and the reference."""
    x = np.arange(len(starts))
    y, low, high = (
        np.array([np.nan if (value := getattr(each, name)) is None else value for each in estimates], float)
        for name in ("value", "low", "high")
    )
    axes.fill_between(x, low, high, color=BLUE, alpha=0.2, linewidth=0)
    axes.plot(x, y, color=BLUE, marker="o", markersize=3, linewidth=1.2)
    alone = np.isfinite(low)  # a band between two gaps has no width
    axes.vlines(x[alone], low[alone], high[alone], color=BLUE, alpha=0.3, linewidth=1)
    axes.axhline(reference, color=ORANGE, linestyle="--", linewidth=1, label="reference")
    step = max(1, -(-len(starts) // LABELS))
    axes.set_xticks(x[::step], [each.removeprefix("week of ") for each in starts[::step]], rotation=30, ha="right")
    axes.legend(fontsize=9)


def _with_errors(estimates: Sequence[Estimate]) -> tuple[np.ndarray, np.ndarray]:
    """(estimates,) values, and (2, estimates) distances of the ends of their intervals."""
    values = np.array([each.value for each in estimates], float)
    low, high = (np.array([getattr(each, end) for each in estimates], float) for end in ("low", "high"))
    return values, np.array([values - low, high - values])


def _shades(count: int) -> list[tuple[float, float, float]]:
    """From a light blue to a dark one."""
    light, dark = np.array([0.68, 0.80, 0.92]), np.array([0.03, 0.19, 0.42])
    return [tuple(light + (dark - light) * share) for share in np.linspace(0, 1, count)] if count > 1 else [tuple(dark)]
