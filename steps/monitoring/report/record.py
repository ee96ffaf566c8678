"""The files of a window's report in the active run: the page, the figures as JSON, and Evidently's page."""

import tempfile
from pathlib import Path

import mlflow
from matplotlib.figure import Figure

from steps.evaluation.report.page import render_page
from steps.evaluation.report.pictures import png
from steps.evaluation.report.record import DOCUMENT, PAGE
from steps.monitoring.counting.windows import Window
from steps.monitoring.drift.sampled import Sampled
from steps.monitoring.measuring import Measured
from steps.monitoring.outcomes.known import Known
from steps.monitoring.report import evidently_page
from steps.monitoring.report.decision_pictures import (
    calibration_picture,
    cost_pictures,
    fairness_picture,
    vintage_picture,
)
from steps.monitoring.report.drift_pictures import drift_pictures
from steps.monitoring.report.report import MonitoringReport


def log_window(measured: Measured, window: Window, seed: int) -> None:
    """Log the files at once; the console says where Evidently's is left out."""
    report = measured.report
    drawn = {name: png(figure) for name, figure in _figures(measured, window).items()}
    page = render_page(f"Monitoring of {report.facts.model}", report.summary, report.shown(), drawn)
    with tempfile.TemporaryDirectory(prefix="credit-scoring-") as folder:
        files = Path(folder)
        (files / PAGE).write_text(page, "utf-8")
        (files / DOCUMENT).write_text(report.model_dump_json(indent=1) + "\n", "utf-8")
        if (evidently := _evidently(report, window, seed)) is not None:
            (files / evidently_page.PAGE).write_text(evidently, "utf-8")
        mlflow.log_artifacts(folder)


def _figures(measured: Measured, window: Window) -> dict[str, Figure]:
    report, reference = measured.report, window.reference
    caption = f"{report.facts.model}, {report.facts.first} to {report.facts.last}"
    figures = {
        **cost_pictures(report.cost),
        **drift_pictures(report.drift, measured.comparisons, reference, caption),
        **fairness_picture(report.fairness),
    }
    if isinstance(report.outcomes, Known):
        figures |= calibration_picture(report.outcomes.calibration)
        figures |= vintage_picture(report.outcomes.vintages)
    return figures


def _evidently(report: MonitoringReport, window: Window, seed: int) -> str | None:
    """Evidently's page on the fields that drift most; None where it is not installed, or there is nothing to show."""
    if not evidently_page.is_installed():
        print(f"  {evidently_page.LEFT_OUT}")
        return None
    names = [each.name for each in report.drift.fields]
    return evidently_page.evidently_page(window.reference, Sampled(window.observed.sample), names, seed)
