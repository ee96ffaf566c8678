"""The same request gets the same decision to the last bit: in any format, batch and worker of either server."""

from collections.abc import Iterator

import mlflow
import pytest
import requests

from steps.publish import publish
from steps.run.settings import Settings
from steps.tables.home_credit import ID
from testing.forked_servers import hardened_server, stock_server
from testing.processes import stopped, supervisor_of, workers_of

pytestmark = pytest.mark.slow

SIZES = (1, 2, 5, 100, 1_000)
UNIQUE = {"client_id", "decision_id", "history"}  # everything else about two decisions must be equal


@pytest.fixture(scope="module")
def others(complete) -> list[dict]:
    """A thousand clients to share batches with the watched one."""
    frame = complete.iloc[-1_000:]
    plain = frame.astype(object).where(frame.notna(), None)
    return [{**row, ID: int(row[ID])} for row in plain.to_dict(orient="records")]


@pytest.fixture(scope="module")
def store(table, tmp_path_factory) -> str:
    """The history of all clients, published."""
    uri = f"sqlite:///{tmp_path_factory.mktemp('history') / 'history.db'}"
    publish(str(table.path), Settings(), uri)
    return uri


def inputs(rows: list[dict]) -> dict:
    return {"inputs": rows}


def records(rows: list[dict]) -> dict:
    return {"dataframe_records": rows}


def split(rows: list[dict]) -> dict:
    columns = list(rows[0])
    return {"dataframe_split": {"columns": columns, "data": [[row[name] for name in columns] for row in rows]}}


@pytest.fixture(
    scope="module",
    params=[(stock_server, [inputs]), (hardened_server, [inputs, records, split])],
    ids=["stock", "ours"],
)
def two_workers(request, champion, store) -> Iterator[tuple[str, list]]:
    """Each server with two workers, which are not replaced meanwhile, and the formats that it reads.

    Three threads score a thousand rows in the hardened one.
    """
    serve, formats = request.param
    settings = {"HISTORY_STORE_URI": store, "SCORING_THREADS": "3"}
    with serve(champion.uri, workers=2, **settings) as url, stopped([supervisor_of(url)]):
        yield url, formats


def to_the_bit(decision: dict) -> dict:
    """The decision without ids; Python's JSON round-trips floats exactly."""
    reasons = [{**reason, "contribution": reason["contribution"].hex()} for reason in decision["reasons"]]
    exact = {name: value.hex() if isinstance(value, float) else value for name, value in decision.items()}
    return {name: value for name, value in {**exact, "reasons": reasons}.items() if name not in UNIQUE}


@pytest.mark.parametrize("source", ["request", "store"])
def test_a_decision_has_the_same_bits_in_any_format_batch_and_worker(
    two_workers, applications, others, champion, table, source
):
    watched = next(row for row in applications if any(row[name] is not None for name in table.lineage.history))
    (alone,) = mlflow.pyfunc.load_model(champion.uri).predict([watched], {"reasons": "all"})
    if source == "store":
        watched, *others = (
            {name: value for name, value in row.items() if name not in table.lineage.history}
            for row in (watched, *others)
        )

    url, formats = two_workers
    workers = workers_of(url)
    for worker in workers:
        with stopped([other for other in workers if other != worker]):
            for size in SIZES:
                places = {0, size // 3, size - 1}
                rows = [watched if place in places else others[place] for place in range(size)]
                for in_format in formats:
                    body = {**in_format(rows), "params": {"reasons": "all"}}
                    answer = requests.post(f"{url}/invocations", json=body, timeout=120)
                    decisions = answer.json()["predictions"]
                    assert len(decisions) == size
                    for place in places:
                        assert decisions[place]["history"] == source
                        assert to_the_bit(decisions[place]) == to_the_bit(alone)

    assert len(workers) == 2
    assert alone["reasons"]
