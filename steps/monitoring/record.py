"""The files of a window's report in the active run: the page, the figures as JSON, and Evidently's page."""

import tempfile
from pathlib import Path

import mlflow

from steps.evaluation.report.page import render_page
from steps.evaluation.report.pictures import png
from steps.evaluation.report.record import DOCUMENT, PAGE
from steps.monitoring import evidently_page
from steps.monitoring.measuring import Window
from steps.monitoring.pictures import calibration_picture, cost_pictures, fairness_picture, vintage_picture
from steps.monitoring.report.report import KnownOutcomes, MonitoringReport


def log_window(report: MonitoringReport, window: Window, evidently: str | None) -> None:
    """Log the files at once; `evidently` is the text of its page, None where it is left out."""
    drawn = {name: png(figure) for name, figure in _figures(report, window).items()}
    page = render_page(f"Monitoring of {report.facts.model}", report.summary, report.shown(), drawn)
    with tempfile.TemporaryDirectory(prefix="credit-scoring-") as folder:
        files = Path(folder)
        (files / PAGE).write_text(page, "utf-8")
        (files / DOCUMENT).write_text(report.model_dump_json(indent=1) + "\n", "utf-8")
        if evidently is not None:
            (files / evidently_page.PAGE).write_text(evidently, "utf-8")
        mlflow.log_artifacts(folder)


def _figures(report: MonitoringReport, window: Window) -> dict:
    figures = {
        **cost_pictures(report.cost),
        **fairness_picture(report.fairness),
    }
    if isinstance(report.outcomes, KnownOutcomes):
        figures |= calibration_picture(report.outcomes.calibration)
        figures |= vintage_picture(report.outcomes.vintages)
    return figures
