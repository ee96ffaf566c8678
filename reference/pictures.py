"""The pictures of the reports in the documents: `python -m reference.pictures`, after `make run`."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple

import mlflow

from steps.evaluation.report.record import PAGE
from steps.registry.names import MODEL_NAME
from steps.registry.version_record import REPORT
from steps.registry.versions import find_champion
from steps.run.console import UserError
from steps.run.settings import PROJECT, Settings
from steps.tracking.connection import connect

DOCS = PROJECT / "docs"
CHROMIUM = "/usr/bin/chromium"
PAPER = "body { padding: 15mm }"  # the margins that a printer leaves


class Shot(NamedTuple):
    """A picture of a page: its file, the window in pixels, the picture's scale, the heading that it begins at."""

    file: str
    width: int
    height: int
    scale: float = 1.0
    anchor: str = ""
    media: Literal["screen", "print"] = "screen"


REPORT_SHOTS = (
    Shot("report-desktop.png", 1140, 1390, 2 / 3),
    Shot("report-phone.png", 390, 800, anchor="what-drives-it"),
    Shot("report-print.png", 794, 1123, 0.73, "fairness", "print"),
)
MONITORING_SHOTS = (Shot("monitoring.png", 1200, 1100),)


def take(page: str, shots: Iterable[Shot], folder: Path) -> None:
    """Write these pictures of a report, which is one page of HTML, into the folder."""
    from playwright.sync_api import sync_playwright  # for those who write documents

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for shot in shots:
            size = {"width": shot.width, "height": shot.height}
            opened = browser.new_page(viewport=size, device_scale_factor=shot.scale)  # type: ignore[arg-type]
            opened.emulate_media(media=shot.media)
            opened.set_content(page)
            if shot.media == "print":
                opened.add_style_tag(content=PAPER)
            if shot.anchor:
                opened.locator(f"#{shot.anchor}").evaluate("heading => heading.scrollIntoView()")
            opened.screenshot(path=str(folder / shot.file))
        browser.close()


def champions_report() -> str:
    """The report of the sample's champion; raise `UserError` where there is none."""
    connect(Settings().tracking_uri)
    champion = find_champion(MODEL_NAME)
    if champion is None or REPORT not in champion.tags:
        raise UserError(f"expected a champion of {MODEL_NAME} with a report, found none: `make run` makes one")
    return str(mlflow.artifacts.load_text(f"runs:/{champion.tags[REPORT]}/{PAGE}"))


if __name__ == "__main__":
    take(champions_report(), REPORT_SHOTS, DOCS)
    print(*(f"docs/{shot.file}" for shot in REPORT_SHOTS))
