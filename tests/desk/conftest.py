"""The desk before a decision server with both stores, and a browser."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import make_url

from steps.run.settings import Engine, Settings
from steps.stores.client_history import client_history
from steps.stores.publication import publish_set
from steps.tables.home_credit import ID
from testing.desk import desk_at
from testing.forked_servers import hardened_server
from tests.desk.governed import Governed, governed

CHROMIUM = "/usr/bin/chromium"
WIDTHS = {"phone": 360, "desktop": 1280}
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]


class Stores(NamedTuple):
    """The URLs of the decision log and of the history store."""

    log: str
    history: str


@pytest.fixture(scope="session")
def stores(table, sample_folder, tmp_path_factory) -> Stores:
    """A log of the server's, and a published history."""
    folder = tmp_path_factory.mktemp("stores")
    history = f"sqlite:///{folder / 'history.db'}"
    with client_history(Path(sample_folder), Engine.duckdb, Settings()) as clients:
        publish_set(make_url(history), clients.columns, clients.batches)
    return Stores(f"sqlite:///{folder / 'decisions.db'}", history)


@pytest.fixture(scope="session")
def decision_server(champion, stores) -> Iterator[str]:
    """The URL of a server of the champion with both stores."""
    uris = {"DECISION_LOG_URI": stores.log, "HISTORY_STORE_URI": stores.history}
    with hardened_server(champion.uri, **uris) as url:
        yield url


@pytest.fixture(scope="session")
def clients(decision_server, applications) -> dict[str, int]:
    """A client of each decision, whose application is on record."""
    answer = requests.post(f"{decision_server}/invocations", json={"inputs": applications}, timeout=30)
    return {each["decision"]: each["client_id"] for each in answer.json()["predictions"]}


@pytest.fixture(scope="session")
def offered(decision_server, complete) -> int:
    """A refused client to whom a smaller loan would be granted."""
    plain = complete.head(600).astype(object).where(complete.head(600).notna(), None)
    rows = [{**row, ID: int(row[ID])} for row in plain.to_dict(orient="records")]
    body = {"inputs": rows, "params": {"alternatives": "refused"}}
    answer = requests.post(f"{decision_server}/invocations", json=body, timeout=60).json()["predictions"]
    return next(each["client_id"] for each in answer if each["alternatives"])


@pytest.fixture(scope="session")
def desk(decision_server, stores) -> Iterator[str]:
    """The URL of the desk for the user of this machine."""
    with desk_at(server_url=decision_server, decision_log=stores.log, history_store=stores.history) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window, for one file: beside Playwright's loop no other test could run one."""
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium: Debian's package chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *QUIET])
        yield started
        started.close()


@pytest.fixture
def opened(browser: Browser, desk: str) -> Iterator[Callable[..., Page]]:
    """Opens a page of the desk at a width and in a language, as a person who has never been there."""
    contexts: list[BrowserContext] = []

    def open_page(path: str, width: int = WIDTHS["desktop"], language: str = "en", **options: object) -> Page:
        viewport = {"width": width, "height": 800}
        context = browser.new_context(base_url=desk, viewport=viewport, locale=language, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def model(champion, decision_server) -> Iterator[str]:
    """A model with a ledger, for tests that leave it as it is: see `governed`."""
    with governed(champion) as name:
        yield name


@pytest.fixture
def models(model, decision_server, opened) -> Iterator[Governed]:
    """A desk of that model."""
    with desk_at(server_url=decision_server, model_name=model) as url:
        yield Governed(url, opened)
