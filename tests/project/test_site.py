"""The site of the documents: built without a warning, whole, and searched without a network or a server."""

import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
from playwright.sync_api import Page, Request, sync_playwright

from steps.run.settings import PROJECT
from tests.desk.conftest import CHROMIUM, QUIET, WIDTHS

pytestmark = pytest.mark.slow

PAGES = ("docs/index", "README", "SECURITY", "docs/tutorials/home-credit", "docs/reference/policy", "docs/laws")


class Parts(HTMLParser):
    """The ids, links and loaded addresses of a page."""

    def __init__(self, page: str):
        super().__init__()
        self.ids, self.links, self.loaded = set[str](), set[str](), set[str]()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value for name, value in attrs if value}
        self.ids |= {values[name] for name in ("id", "name") if name in values}
        if tag == "a" and "href" in values:
            self.links.add(values["href"])
        else:
            self.loaded |= {values[name] for name in ("src", "srcset", "href", "data", "action") if name in values}


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The site as `make site` builds it, in a folder of its own."""
    folder = tmp_path_factory.mktemp("site")
    command = re.findall(
        r"^\tpython -m (sphinx .*) build/site$", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE
    )
    built = subprocess.run(
        [sys.executable, "-m", *command[0].split(), "-d", str(folder / "doctrees"), str(folder / "html")],
        cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (built.returncode, built.stdout + built.stderr) == (0, "")
    return folder / "html"


@pytest.fixture(scope="module")
def parts(site) -> dict[Path, Parts]:
    """The parts of each page."""
    return {file: Parts(file.read_text("utf-8")) for file in site.rglob("*.html")}


@pytest.fixture(scope="module")
def browser_page(site) -> Iterator[tuple[Page, list[str]]]:
    """A page of a browser without a network, and the addresses that it asked for."""
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium: Debian's package chromium")
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *QUIET])
        page = browser.new_page()
        page.on("request", note)
        yield page, asked
        browser.close()


def test_every_document_is_on_the_site_and_in_its_order(site):
    folders = ("", "docs", "data", *(f"docs/{name}" for name in ("tutorials", "how-to", "reference", "explanation")))
    documents = {file.relative_to(PROJECT) for folder in folders for file in (PROJECT / folder).glob("*.md")}
    index = Parts((site / "docs" / "index.html").read_text("utf-8"))
    links = {urldefrag(link).url or "index.html" for link in index.links if not urlsplit(link).scheme}
    listed = {(site / "docs" / link).resolve() for link in links}

    for document in documents:
        assert (site / document).with_suffix(".html").resolve() in listed, document


def test_every_link_within_the_site_leads_to_a_page_and_a_heading(site, parts):
    count = 0
    for file, page in parts.items():
        for link in page.links:
            address, anchor = urldefrag(unquote(link))
            if not urlsplit(link).scheme:
                target = (file.parent / address).resolve() if address else file
                assert target.is_file(), f"{file.name}: {link}"
                assert not anchor or target.suffix != ".html" or anchor in parts[target].ids, f"{file.name}: {link}"
                count += 1

    assert count > 1_000


def test_every_link_to_another_site_is_a_whole_address(parts):
    outside = {link for page in parts.values() for link in page.links if urlsplit(link).scheme}

    assert outside
    assert [
        link for link in outside if not re.fullmatch(r"https?://(127\.0\.0\.1|[\w-]+(\.[\w-]+)+)(:\d+)?(/\S*)?", link)
    ] == []


def test_no_page_loads_anything_from_elsewhere(site, parts):
    assert [address for page in parts.values() for address in page.loaded if re.match(r"(\w+:)?//", address)] == []
    for sheet in site.rglob("*.css"):
        assert re.findall(r"(?:url\(|@import)\s*['\"]?(?:https?:)?//", sheet.read_text("utf-8")) == [], sheet.name


def test_a_search_finds_a_page_from_a_file_without_a_network(site, browser_page):
    page, asked = browser_page

    page.goto((site / "docs" / "index.html").as_uri())
    page.locator("input[name=q]").first.fill("miscalibration")
    page.locator("input[name=q]").first.press("Enter")
    page.locator("#search-results ul li a").first.wait_for()
    found = page.locator("#search-results ul li a").all_inner_texts()
    page.locator("#search-results ul li a", has_text="Monitoring").first.click()

    assert "Monitoring" in found
    assert page.locator("h1").first.inner_text().startswith("Monitoring")
    assert asked
    assert [address for address in asked if not address.startswith(("file:", "data:"))] == []


def test_the_site_begins_at_its_index(site, browser_page):
    page, _ = browser_page

    page.goto((site / "index.html").as_uri())

    page.wait_for_url("**/docs/index.html")
    assert page.title().startswith("credit-scoring")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_phone(site, browser_page, name):
    page, _ = browser_page
    page.set_viewport_size({"width": WIDTHS["phone"], "height": 800})

    page.goto((site / f"{name}.html").as_uri())

    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_page_follows_the_systems_theme(site, browser_page):
    page, _ = browser_page
    shades = {}

    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto((site / "README.html").as_uri())
        shades[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")

    assert shades["light"] != shades["dark"]
