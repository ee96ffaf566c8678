"""The pictures of the documents: taken as a person would see the pages, and written by `make pictures`."""

import os
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page

from custom_model.decision_log.record import Record
from desk.access import people
from steps.run.settings import PROJECT
from testing.desk import desk_at
from tests.desk.conftest import WIDTHS
from tests.desk.test_decide import decide_about
from tests.desk.watched import DAYS, log_of, of_days
from tests.unit.desk.watch.reports import logged, report

pytestmark = pytest.mark.slow

FOLDER = PROJECT / "docs" / "desk"


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where pictures go: into the documents where WRITE_PICTURES is set."""
    folder = FOLDER if os.environ.get("WRITE_PICTURES") else tmp_path
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(autouse=True)
def somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who sits at the desk: a person with a name, whoever takes the pictures."""
    monkeypatch.setattr(people, "acting", lambda: "olga")


def take(page: Page, file: Path, height: int) -> None:
    """A picture of the page's upper part, without anything that the browser complained about."""
    page.set_viewport_size({"width": page.viewport_size["width"], "height": height})
    page.screenshot(path=str(file))
    assert file.stat().st_size > 10_000  # a blank one has less
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_decide(opened, offered, pictures):
    page = opened("/decide")
    decide_about(page, offered)
    page.locator("input[type=range]").press("ArrowLeft")
    page.locator("#tried .lead").wait_for()

    take(page, pictures / "decide.png", 1100)


def test_decide_on_a_phone_in_french(opened, offered, pictures):
    page = opened("/decide", WIDTHS["phone"], "fr", color_scheme="dark")
    decide_about(page, offered)

    take(page, pictures / "decide-phone.png", 1300)


def test_models(models, pictures):
    take(models("/models"), pictures / "models.png", 1100)


def varied(rows: list[Record]) -> list[Record]:
    """Most of the records, as traffic varies, with probabilities and outcomes of their own."""
    generator = random.Random(4)
    kept = [row for row in rows if generator.random() < 0.8 + 0.2 * generator.random()]
    for row in kept:
        probability = generator.betavariate(1, 12)
        outcome = "refused" if probability >= 1 / 11 else "granted"
        row.update(probability_of_default=probability, decision="referred" if generator.random() < 0.03 else outcome)
    return kept


def test_watch(opened, pictures, tmp_path):
    today = datetime.now(UTC).date()
    first = (today - timedelta(days=DAYS)).isoformat()
    logged(report(alarmed=True, model="pictured", version="2", first=first, days=DAYS), "pictured", "2")
    log = log_of(tmp_path, varied(of_days("pictured", today)))
    with desk_at(model_name="pictured", decision_log=log) as watched:
        page = opened(f"{watched}/watch?days=90")

        take(page, pictures / "watch.png", 1250)
