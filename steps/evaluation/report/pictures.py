"""The pictures of the report, as PNG files by name."""

import io

from matplotlib.figure import Figure

from custom_model.costs import Costs
from steps.evaluation.groups import ClientGroup
from steps.evaluation.on_holdout import Evaluation
from steps.evaluation.refusals_plot import refusals_plot
from steps.evaluation.report.document import LeftOut, share
from steps.evaluation.report.driver_plots import beeswarm, dependence
from steps.evaluation.report.drivers import DEPENDENCE
from steps.evaluation.report.report import Report
from steps.evaluation.report.threshold_curve import ThresholdCurve
from steps.quality.figure_style import BLUE, ORANGE, blank
from steps.quality.plots import Plotted, performance_plots
from steps.quality.thresholds import ThresholdCheck
from steps.tables.feature_table import FeatureTable

DPI = 100


def pictures(
    report: Report,
    evaluation: Evaluation,
    table: FeatureTable,
    groups: list[ClientGroup],
    check: ThresholdCheck,
    costs: Costs,
    caption: str,
) -> dict[str, bytes]:
    """Every picture that the evaluation gives."""
    plotted = Plotted(caption, evaluation.probability, evaluation.target, costs, evaluation.threshold, check)
    figures = {name.removesuffix(".png"): figure for name, figure in performance_plots(plotted).items()}
    figures["approval_and_defaults"] = _approvals(report.threshold, caption)
    if groups:
        figures["refusals_by_group"] = refusals_plot(evaluation, groups, table, caption)
    if not isinstance(report.drivers, LeftOut) and evaluation.inspection is not None:
        strongest = [each for each in evaluation.inspection.drivers if each.values]
        words = [f"{each.words[:60]}\n[{each.feature}]" for each in report.drivers.drivers]
        shown = strongest[: len(words)]
        figures["beeswarm"] = beeswarm(shown, words[: len(shown)], caption)
        for place, driver in enumerate(shown[:DEPENDENCE], 1):
            figures[f"dependence_{place}"] = dependence(driver)
    return {name: png(figure) for name, figure in figures.items()}


def _approvals(curve: ThresholdCurve, caption: str) -> Figure:
    """The default rate among the approved against the share approved."""
    figure, axes = blank("Approvals and defaults", "clients approved (%)", "default rate among them (%)",
                         caption=caption)  # fmt: skip
    approved = [100 * point.approved for point in curve.curve]
    axes.plot(approved, [100 * point.defaults_among_approved for point in curve.curve], color=BLUE)
    if curve.in_use is not None:
        label = (
            f"in use: {share(curve.in_use.approved)} approved, {share(curve.in_use.defaults_among_approved)} default"
        )
        axes.plot(100 * curve.in_use.approved, 100 * curve.in_use.defaults_among_approved, "o", color=ORANGE,
                  markersize=9, label=label)  # fmt: skip
        axes.legend(loc="upper left", fontsize=9)
    axes.set(xlim=(0, 100), ylim=(0, None))
    return figure


def png(figure: Figure) -> bytes:
    """The file, without the time and the version that matplotlib would write: equal figures give equal bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    return buffer.getvalue()
