"""The history store: published while others read, and used by a served model."""

import signal
import subprocess
import sys
import time

import mlflow
import pytest
import requests
from sqlalchemy import create_engine, func, make_url, select

from custom_model.history.store import HistoryStore
from custom_model.history.tables import HISTORY
from steps.publish import publish
from steps.run.settings import PROJECT, Settings
from steps.stores.publication import publish_set
from steps.tables.home_credit import ID
from testing.forked_servers import stock_server
from tests.published import constant_batch

pytestmark = pytest.mark.slow

CLIENTS, COLUMNS = 5_000, 40
NAMES = tuple(f"c{place}" for place in range(COLUMNS))
UNIQUE = {"decision_id", "history"}  # everything else about two decisions must be equal
HALF = """
import sys
from sqlalchemy import make_url
from tests.published import constant_batch
from steps.stores.publication import publish_set
def batches():
    yield constant_batch(2, 3_000, 40)
    print("half", flush=True)
    sys.stdin.read()
publish_set(make_url(sys.argv[1]), tuple(f"c{place}" for place in range(40)), batches())
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def uri(request, tmp_path) -> str:
    return f"sqlite:///{tmp_path / 'history.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres")


def publish_filled(uri: str, value: float) -> None:
    publish_set(make_url(uri), NAMES, [constant_batch(value, CLIENTS, COLUMNS)])


def process(*arguments: str) -> subprocess.Popen:
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, *arguments], cwd=PROJECT, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def test_readers_in_other_processes_see_one_set_or_the_next_and_never_a_mix(uri):
    publish_filled(uri, 1)
    readers = [process("-m", "tests.reading", uri, str(CLIENTS), str(COLUMNS)) for _ in range(2)]

    # They read in a loop; the next set starts once both have seen the last one.
    seen = [[reader.stdout.readline().strip() for reader in readers]]
    for version in range(2, 9):
        publish_filled(uri, version)
        seen.append([reader.stdout.readline().strip() for reader in readers])

    ends = [reader.communicate("\n") for reader in readers]
    assert [reader.returncode for reader in readers] == [0, 0], ends
    assert seen == [[str(version)] * 2 for version in range(1, 9)]
    assert all(int(output.removeprefix("reads ")) > len(seen) for output, _ in ends)


def test_a_publication_killed_half_way_leaves_the_old_set_and_the_next_one_cleans_up(uri):
    publish_filled(uri, 1)
    publication = process("-c", HALF, uri)
    assert publication.stdout.readline() == "half\n", publication.stderr.read()
    publication.send_signal(signal.SIGKILL)
    publication.communicate(timeout=60)

    assert HistoryStore(uri).published_version() == "1"
    assert rows(uri) == {1: CLIENTS, 2: 3_000}

    publish_filled(uri, 3)
    assert HistoryStore(uri).published_version() == "3"
    assert rows(uri) == {3: CLIENTS}


def rows(uri: str) -> dict[int, int]:
    with create_engine(uri).connect() as connection:
        return dict(connection.execute(select(HISTORY.c.version, func.count()).group_by(HISTORY.c.version)).all())


def without_history(rows: list[dict], table) -> list[dict]:
    return [{name: value for name, value in row.items() if name not in table.lineage.history} for row in rows]


def without_unique(decisions: list[dict]) -> list[dict]:
    return [{name: value for name, value in decision.items() if name not in UNIQUE} for decision in decisions]


def test_a_served_model_decides_the_same_from_the_store_as_from_the_request(
    champion, applications, table, uri, monkeypatch
):
    monkeypatch.setenv("HISTORY_STORE_URI", uri)
    stripped = without_history(applications, table)
    params = {"reasons": "all"}
    with stock_server(champion.uri) as url:

        def ask(rows):
            return requests.post(f"{url}/invocations", json={"inputs": rows, "params": params}, timeout=60)

        unpublished = ask(stripped)
        assert unpublished.status_code == 503
        assert unpublished.json()["retry_after"] >= 1
        assert ask(applications[:1]).status_code == 200  # has its own history

        publish(str(table.path), Settings())
        deadline = time.monotonic() + 30
        while (completed := ask(stripped)).status_code == 503 and time.monotonic() < deadline:
            pass
        completed = completed.json()["predictions"]
        from_request = ask(applications).json()["predictions"]
        alone = [ask([row]).json()["predictions"][0] for row in stripped[:5]]
        unknown = ask([{**stripped[0], ID: 1}]).json()["predictions"]
        unidentified = ask([{**stripped[0], ID: None}])
        said = requests.post(
            f"{url}/invocations",
            json={"inputs": [{**stripped[0], ID: None}], "params": {**params, "history": "none"}},
            timeout=60,
        ).json()["predictions"]

    assert {decision["history"] for decision in completed} == {"store"}
    assert "request" in {decision["history"] for decision in from_request}
    assert without_unique(completed) == without_unique(from_request)
    assert without_unique(alone) == without_unique(completed[:5])
    assert unidentified.status_code == 400  # no store can be asked about a client without an id
    assert [decision["history"] for decision in unknown + said] == ["none", "none"]
    assert unknown[0]["probability_of_default"] != completed[0]["probability_of_default"]


def test_with_down_none_a_missing_store_means_a_decision_without_history(
    champion, applications, table, tmp_path, monkeypatch
):
    monkeypatch.setenv("HISTORY_STORE_URI", f"sqlite:///{tmp_path / 'nowhere.db'}")
    monkeypatch.setenv("HISTORY_STORE_DOWN", "none")

    decisions = mlflow.pyfunc.load_model(champion.uri).predict(without_history(applications[:3], table))

    assert [decision["history"] for decision in decisions] == ["none"] * 3


def test_publishing_logs_a_run_with_the_set_and_its_lineage(table, tmp_path):
    published = publish(str(table.path), Settings(), f"sqlite:///{tmp_path / 'history.db'}")

    run = mlflow.last_active_run()
    assert run.data.tags["step"] == "publish"
    assert run.data.tags["history.version"] == "1"
    assert run.data.tags["history.digest"] == published.digest
    assert run.data.metrics["clients"] == len(table.frame)
    lineage = mlflow.artifacts.load_dict(f"{run.info.artifact_uri}/features/lineage.json")
    assert lineage["history"] == list(table.lineage.history)
