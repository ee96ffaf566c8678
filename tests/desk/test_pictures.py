"""The pictures of the documents: taken as a person would see the pages, and written by `make pictures`."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

from steps.run.settings import PROJECT
from tests.desk.conftest import WIDTHS
from tests.desk.test_decide import decide_about

pytestmark = pytest.mark.slow

FOLDER = PROJECT / "docs" / "desk"


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where pictures go: into the documents where WRITE_PICTURES is set."""
    folder = FOLDER if os.environ.get("WRITE_PICTURES") else tmp_path
    folder.mkdir(exist_ok=True)
    return folder


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
