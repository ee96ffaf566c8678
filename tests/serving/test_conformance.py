"""One table of requests to both servers: equal answers, or a line that says how and why the hardened server differs.

Answers while a store is down are in test_decision_log.py: 503 and `retry_after` in the body from both, and the header
Retry-After from the hardened one, since MLflow's takes no header from a model.
"""

import gzip
import json
import re
from typing import NamedTuple

import pytest
import requests

from tests.applications import COMPLETE as GOOD

pytestmark = pytest.mark.slow

COLUMNS, VALUES = list(GOOD), list(GOOD.values())
JSON = "application/json"
SECRET = "S3CRET"


class Case(NamedTuple):
    """A request and each server's status; without `why`, the answers are equal except for ids."""

    what: str
    body: bytes | str | dict | list | None
    stock: int
    hardened: int
    why: str = ""
    content_type: str | None = JSON
    method: str = "POST"
    path: str = "/invocations"
    encoding: str | None = None


def same(what: str, body: object, status: int, **request: object) -> Case:
    return Case(what, body, status, status, **request)


WIDER = "pandas' orients are accepted too; MLflow accepts them only for models without a type hint"
STRICT = "a misspelt key must not be ignored silently"
NEVER_ECHOED = "MLflow repeats the body in its message"
ONE_VALUE = "of two values under one key each parser keeps another; MLflow's keeps the last"
RFC = "RFC 8259 has no such literal"
FAULT = "a client's mistake is not a fault of the server"
REDIRECT = "MLflow's redirects to the host that the request names"
ONE_FORM = "errors have one form on every path"
JSON_ERROR = "errors are JSON and repeat no header"

TABLE = [
    same("one application", {"inputs": [GOOD]}, 200),
    same("two applications", {"inputs": [GOOD, {**GOOD, "SK_ID_CURR": 7}]}, 200),
    same("no application", {"inputs": []}, 200),
    same("params", {"inputs": [GOOD], "params": {"threshold": 0.01, "reasons": "all"}}, 200),
    same("params null", {"inputs": [GOOD], "params": None}, 200),
    same("an unknown category", {"inputs": [{**GOOD, "CODE_GENDER": "?"}]}, 200),
    same("with a charset", {"inputs": [GOOD]}, 200, content_type="application/json; charset=utf-8"),
    same("a field unknown", {"inputs": [{**GOOD, "SHOE": 1}]}, 400),
    same("a field of the wrong type", {"inputs": [{**GOOD, "AMT_CREDIT": SECRET}]}, 400),
    same("not a list", {"inputs": GOOD}, 400),
    same("params unknown", {"inputs": [GOOD], "params": {"verbose": 1}}, 400),
    same("the path of ping", None, 200, method="GET", path="/ping"),
    same("the path of health", None, 200, method="GET", path="/health"),
    same("the version", None, 200, method="GET", path="/version"),
    Case("another path", None, 404, 404, ONE_FORM, method="GET", path="/nothing"),
    Case("a trailing slash", {"inputs": [GOOD]}, 200, 404, REDIRECT, path="/invocations/"),
    Case("another method", None, 405, 405, ONE_FORM, method="GET"),
    Case("another method on ping", {"inputs": []}, 405, 405, ONE_FORM, path="/ping"),
    Case("the documentation's page", None, 200, 404, "its scripts come from a CDN", method="GET", path="/docs"),
    Case("dataframe_records", {"dataframe_records": [GOOD]}, 400, 200, WIDER),
    Case("dataframe_split", {"dataframe_split": {"columns": COLUMNS, "data": [VALUES]}}, 400, 200, WIDER),
    Case("dataframe_split with an index", {"dataframe_split": {"columns": COLUMNS, "data": [VALUES], "index": [9]}},
         400, 200, WIDER),
    Case("dataframe_split, rows too short", {"dataframe_split": {"columns": COLUMNS, "data": [[1]]}}, 400, 400, WIDER),
    Case("dataframe_split, a column twice", {"dataframe_split": {"columns": ["A", "A"], "data": []}}, 400, 400, WIDER),
    Case("instances", {"instances": [GOOD]}, 400, 400, "the message lists what this server reads"),
    Case("a key unknown", {"inputs": [GOOD], "parms": {"threshold": 0.5}}, 200, 400, STRICT),
    Case("two keys of data", {"inputs": [GOOD], "dataframe_records": []}, 200, 400, STRICT),
    Case("a chat", {"messages": [SECRET]}, 400, 400, "MLflow treats it as a language model's"),
    Case("a key twice", '{"inputs": 5, "inputs": []}', 200, 400, ONE_VALUE),
    Case("a field twice", json.dumps({"inputs": [GOOD]}).replace('"AMT_CREDIT": ', '"AMT_CREDIT": 5, "AMT_CREDIT": '),
         200, 400, ONE_VALUE),
    Case("params in the query", {"inputs": [GOOD]}, 200, 400, "a simulation would be decided, and on record",
         path="/invocations?simulate=true"),
    Case("no key", {}, 400, 400, "the message lists what this server reads"),
    Case("a list", [GOOD], 400, 400, "the message lists what this server reads"),
    Case("a number", "5", 400, 400, "the message lists what this server reads"),
    Case("an empty body", "", 400, 400, NEVER_ECHOED),
    Case("half of a body", '{"inputs": [{"AMT_CREDIT": "S3CRET"', 400, 400, NEVER_ECHOED),
    Case("bytes that are not UTF-8", b'{"inputs": "S3CRET\xff"}', 400, 400, NEVER_ECHOED),
    Case("UTF-16", '{"inputs": []}'.encode("utf-16"), 200, 400, "JSON between systems is UTF-8 (RFC 8259, 8.1)"),
    Case("a byte order mark", b'\xef\xbb\xbf{"inputs": []}', 200, 400, "JSON has none (RFC 8259, 8.1)"),
    Case("NaN", json.dumps({"inputs": [{**GOOD, "OWN_CAR_AGE": float("nan")}]}),
         200, 400, RFC),
    Case("Infinity", '{"inputs": [{"AMT_CREDIT": Infinity}]}', 400, 400, RFC),
    Case("a number beyond a double", '{"inputs": [{"AMT_CREDIT": 1e999}]}', 400, 400, "it is refused when it is read"),
    Case("half of a surrogate pair", '{"inputs": [{"CODE_GENDER": "\\ud800"}]}', 400, 400, "it is not valid Unicode"),
    Case("nested 3,000 deep", '{"inputs": ' + "[" * 3000 + "]" * 3000 + "}", 500, 400, FAULT),
    Case("an integer of 5,000 digits", '{"inputs": ' + "9" * 5000 + "}", 500, 400, FAULT),
    Case("no Content-Type", {"inputs": [GOOD]}, 500, 400, FAULT, content_type=None),
    Case("text", {"inputs": [GOOD]}, 415, 415, JSON_ERROR, content_type="text/plain"),
    Case("another charset", {"inputs": [GOOD]}, 415, 415, JSON_ERROR, content_type="application/json; charset=latin-1"),
    Case("a parameter unknown", {"inputs": [GOOD]}, 415, 415, JSON_ERROR, content_type="application/json; x=S3CRET"),
    Case("capitals", {"inputs": [GOOD]}, 415, 200, "media types are case-insensitive (RFC 9110, 8.3.1)",
         content_type="Application/JSON"),
    Case("CSV", "AMT_CREDIT\n1\n", 400, 415, "MLflow cannot read it for a model with a type hint",
         content_type="text/csv"),
    Case("invalid Parquet", b"S3CRET", 400, 400, "MLflow answers with a trace",
         content_type="application/vnd.apache.parquet"),
    Case("compressed by gzip", gzip.compress(b'{"inputs": []}'), 400, 415, "MLflow takes the packed bytes for JSON",
         encoding="gzip"),
    Case("1,001 applications", {"inputs": [GOOD] * 1001}, 200, 413, "a limit: larger batches need no server"),
    Case("a body of 33 MiB", b" " * (33 * 1024 * 1024), 400, 413, "a limit; and MLflow repeats the body"),
    Case("the documentation", None, 200, 200, "the document is of the contract; closed unless SHOW_DOCS is set",
         content_type=None, method="GET", path="/openapi.json"),
    Case("readiness", None, 404, 200, "MLflow has none", content_type=None, method="GET", path="/ready"),
    Case("metrics", None, 404, 200, "see METRICS_PORT", content_type=None, method="GET", path="/metrics"),
]  # fmt: skip


@pytest.mark.parametrize("case", TABLE, ids=[case.what for case in TABLE])
def test_both_servers_answer_alike_except_where_the_table_says_otherwise(stock, hardened, case):
    theirs, ours = request(stock, case), request(hardened, case)

    assert (theirs.status_code, ours.status_code) == (case.stock, case.hardened)
    assert (comparable(theirs) == comparable(ours)) == (not case.why)
    assert SECRET not in ours.text
    if case.path == "/invocations":
        assert ours.headers["content-type"] == JSON
        strict_json(ours.text)


def request(server, case):
    body = case.body if isinstance(case.body, bytes | str | None) else json.dumps(case.body)
    headers = {"Content-Type": case.content_type, "Content-Encoding": case.encoding}  # requests leaves None out
    data = body.encode() if isinstance(body, str) else body
    return requests.request(case.method, server + case.path, data=data, headers=headers, timeout=60)


def comparable(answer):
    """The answer without ids, which are new each time; numbers to the last bit."""
    try:
        text = json.dumps(answer.json())
    except ValueError:
        text = answer.text
    return answer.status_code, re.sub(r'"decision_id": "[0-9a-f-]{36}"', "", text)


def strict_json(text):
    return json.loads(text, parse_constant=lambda constant: pytest.fail(f"{constant} is not JSON"))


def test_every_format_gives_the_same_decisions_to_the_last_bit(stock, hardened, applications, complete):
    frame = complete.head(len(applications))
    columns = list(applications[0])
    formats = [
        {"inputs": applications},
        {"dataframe_records": applications},
        {"dataframe_split": {"columns": columns, "data": [[row[name] for name in columns] for row in applications]}},
    ]
    parquet = {"Content-Type": "application/vnd.apache.parquet"}

    answers = [
        *(requests.post(f"{server}/invocations", json=formats[0], timeout=60) for server in (stock, hardened)),
        *(requests.post(f"{hardened}/invocations", json=body, timeout=60) for body in formats[1:]),
        requests.post(f"{hardened}/invocations", data=frame.to_parquet(index=False), headers=parquet, timeout=60),
    ]

    assert [len(answer.json()["predictions"]) for answer in answers] == [len(applications)] * 5
    assert len({comparable(answer) for answer in answers}) == 1
