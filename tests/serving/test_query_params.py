"""A Parquet body with its params in the query, on the real hardened server: decided as the same request in JSON."""

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import requests
from sqlalchemy import make_url

from custom_model.decision_log.reader import Records, window
from testing.forked_servers import hardened_server
from tests.applications import COMPLETE as GOOD
from tests.serving.test_decisions import decide

pytestmark = pytest.mark.slow

PARQUET = "application/vnd.apache.parquet"
UNKNOWN = "unknown param: expected one of alternatives, explanation, history, reasons, simulate, threshold"
THRESHOLD = "expected a number greater than 0 and less than 1"
UNREADABLE = "expected name=value, joined by &, percent-encoded in UTF-8"


@pytest.fixture(scope="module")
def log(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("log") / "decisions.db"


@pytest.fixture(scope="module")
def server(champion, log) -> Iterator[str]:
    """A server that records its decisions."""
    with hardened_server(champion.uri, DECISION_LOG_URI=f"sqlite:///{log}") as url:
        yield url


def post(server: str, query: str, rows: pd.DataFrame, **headers: str) -> requests.Response:
    body = rows.to_parquet(index=False)
    return requests.post(f"{server}/invocations{query}", body, headers={"Content-Type": PARQUET, **headers}, timeout=60)


def good(**fields: object) -> pd.DataFrame:
    return pd.DataFrame([{**GOOD, **fields}])


def recorded(log: Path) -> int:
    records = Records.open(make_url(f"sqlite:///{log}"))
    try:
        return records.count(window())
    finally:
        records.close()


def without_ids(decisions: list[dict]) -> list[dict]:
    return [{name: value for name, value in each.items() if name != "decision_id"} for each in decisions]


@pytest.mark.parametrize(
    "params",
    [
        *({}, {"reasons": "none"}, {"reasons": "all"}, {"simulate": True}, {"simulate": False}, {"threshold": 0.07}),
        *({"explanation": "topics"}, {"threshold": 0.07, "alternatives": "refused"}, {"history": "none"}),
        {"threshold": 0.07, "reasons": "none", "simulate": True, "history": "none", "explanation": "topics"},
    ],
    ids=str,
)
def test_parquet_with_a_query_is_decided_as_json_with_the_same_params(server, applications, complete, params):
    texts = "&".join(f"{name}={each if isinstance(each, str) else json.dumps(each)}" for name, each in params.items())

    answer = post(server, f"?{texts}", complete.head(len(applications)))

    assert answer.status_code == 200, answer.text
    assert without_ids(answer.json()["predictions"]) == without_ids(decide(server, applications, **params))


def test_history_none_in_the_query_declares_what_parquet_leaves_out(server, complete, contract):
    rows = complete.head(3).drop(columns=list(contract.history))

    assert post(server, "", rows).status_code == 400
    assert {each["history"] for each in post(server, "?history=none", rows).json()["predictions"]} == {"none"}


def test_a_simulation_of_parquet_may_lack_fields_and_is_not_on_record(server, log):
    post(server, "", good())
    before = recorded(log)

    answer = post(server, "?simulate=true", pd.DataFrame([{"AMT_CREDIT": 100_000.0}]))

    assert [each["simulated"] for each in answer.json()["predictions"]] == [True]
    assert recorded(log) == before


@pytest.mark.parametrize(
    ("query", "problems"),
    [
        ("threshold=2", [(None, "params.threshold", THRESHOLD)]),
        ("threshold=nan", [(None, "params.threshold", THRESHOLD)]),
        ("threshold=+0.5", [(None, "params.threshold", THRESHOLD)]),
        ("threshold=", [(None, "params.threshold", THRESHOLD)]),
        ("simulate=True", [(None, "params.simulate", "expected true or false")]),
        ("reasons=", [(None, "params.reasons", "expected one of refused, all, none")]),
        ("history=S3CRET", [(None, "params.history", "expected one of sent, none")]),
        ("verbose=S3CRET", [(None, "params.verbose", UNKNOWN)]),
        ("reasons=none&reasons=S3CRET", [(None, "params.reasons", "expected once, got twice or more")]),
        ("S3CRET", [(None, "query", UNREADABLE)]),
        ("reasons=%FF", [(None, "query", UNREADABLE)]),
        ("a=" + "S3CRET" * 1_000, [(None, "query", "expected at most 4,096 bytes")]),
    ],
)
def test_each_problem_of_a_query_is_named_without_a_value(server, log, query, problems):
    post(server, "", good())
    before = recorded(log)

    answer = post(server, f"?{query}", good())

    assert answer.status_code == 400
    assert [(each["row"], each["field"], each["problem"]) for each in answer.json()["problems"]] == problems
    assert "S3CRET" not in answer.text
    assert recorded(log) == before


def test_problems_of_the_query_and_of_rows_come_together(server):
    answer = post(server, "?threshold=2&verbose=1", good(AMT_CREDIT=-5.0))

    assert [each["field"] for each in answer.json()["problems"]] == ["params.verbose", "params.threshold", "AMT_CREDIT"]


@pytest.mark.parametrize("query", ["simulate=true", "x", "reasons=%FF"])
def test_json_with_a_query_is_refused_and_not_decided(server, log, query):
    post(server, "", good())
    before = recorded(log)

    answer = requests.post(f"{server}/invocations?{query}", json={"inputs": [GOOD]}, timeout=60)

    assert answer.status_code == 400
    (problem,) = answer.json()["problems"]
    assert problem["field"] == "query"
    assert (
        problem["problem"] == "expected none: the params of JSON are in its body, as `params` beside the applications"
    )
    assert recorded(log) == before


def test_an_empty_query_is_none(server):
    assert requests.post(f"{server}/invocations?", json={"inputs": [GOOD]}, timeout=60).status_code == 200
    assert post(server, "?", good()).status_code == 200


def test_a_key_stands_for_the_query_too(server, log):
    key = {"Idempotency-Key": "parquet-with-a-query"}
    first = post(server, "?reasons=none", good(), **key)
    before = recorded(log)

    again = post(server, "?reasons=none", good(), **key)
    others = [post(server, query, good(), **key) for query in ("", "?reasons=all", "?reasons=none&history=sent")]

    assert first.status_code == 200
    assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")
    assert [each.status_code for each in others] == [422] * 3
    assert recorded(log) == before
