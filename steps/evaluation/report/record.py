"""The report's files in the active run: page, JSON, model documentation, and each plot by itself."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import mlflow

from steps.evaluation.report.page import render
from steps.evaluation.report.report import Report

PAGE, DOCUMENT, CARD, PLOTS = "report.html", "report.json", "model_card.md", "plots"


def log_report(report: Report, pictures: Mapping[str, bytes], card: str) -> None:
    """Log the files at once; MLflow's UI shows each of them."""
    with tempfile.TemporaryDirectory(prefix="credit-scoring-") as folder:
        files = Path(folder)
        (files / PAGE).write_text(render(report, pictures), "utf-8")
        (files / DOCUMENT).write_text(report.model_dump_json(indent=1) + "\n", "utf-8")
        (files / CARD).write_text(card, "utf-8")
        (files / PLOTS).mkdir()
        for name, png in pictures.items():
            (files / PLOTS / f"{name}.png").write_bytes(png)
        mlflow.log_artifacts(folder)
