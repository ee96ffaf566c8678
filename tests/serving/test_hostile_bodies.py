"""Bodies that grow when they are read: refused within a second or two and a bounded part of the worker's memory."""

import json
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import numpy as np
import pyarrow as pa
import pytest
import requests

from custom_model.errors import MAX_PROBLEMS
from steps.run.serving import hardened_server
from testing.processes import workers_of
from tests.applications import COMPLETE as GOOD
from tests.unit.custom_model.server.hostile_parquet import lying, lying_about_size, parquet

pytestmark = pytest.mark.slow

MIB = 1024 * 1024
CEILING = 512 * MIB  # of memory for one body, on top of what the worker had before
SECONDS = 10  # generous: the worst takes one or two; before, each of them took longer or went unanswered
JSON, PARQUET = "application/json", "application/vnd.apache.parquet"
LONG = "expected at most 1,000 characters of valid Unicode, without NUL"
SCALARS = "expected a column of numbers, strings or booleans"
DELTA = {"use_dictionary": False, "column_encoding": {"CODE_GENDER": "DELTA_BYTE_ARRAY"}}
PLAIN = {"use_dictionary": False, "compression": "zstd"}


@pytest.fixture(scope="module")
def recording(champion, tmp_path_factory) -> Iterator[str]:
    """A hardened server with one worker and a decision log."""
    log = f"sqlite:///{tmp_path_factory.mktemp('log') / 'decisions.db'}"
    with hardened_server(champion.uri, DECISION_LOG_URI=log) as url:
        yield url


def many_rows() -> bytes:
    return parquet({"AMT_CREDIT": np.arange(300_000) + 1.0}, data_page_size=2**30, **PLAIN)


def nested_lists() -> bytes:
    return b'{"inputs": [' + (b"[" * 100 + b"]" * 100 + b",") * 166_000 + b"1]}"


def unknown_fields(count: int) -> bytes:
    return b'{"inputs": [{%s}]}' % b",".join(b'"%x":1' % n for n in range(count))


# Each line: what it is, its media type, the body, the status, and words of the answer.
HOSTILE = [
    ("a footer that says one row", PARQUET,
     lambda: lying(many_rows(), 300_000, 1, times=1), 413, "too many applications"),
    ("row groups that say one row", PARQUET, lambda: lying(many_rows(), 300_000, 1), 413, "too many applications"),
    ("one text for all rows", PARQUET,
     lambda: parquet({"CODE_GENDER": pa.DictionaryArray.from_arrays(np.zeros(1_000, np.int8), ["x" * 3_000_000])}),
     400, LONG),
    ("300 texts of 1 MB", PARQUET,
     lambda: lying_about_size(parquet({"CODE_GENDER": ["x" * 1_000_000 + str(n) for n in range(300)]}, **PLAIN)),
     413, "when unpacked"),
    ("100 texts of 1 MB", PARQUET,
     lambda: parquet({"CODE_GENDER": ["x" * 1_000_000 + str(n) for n in range(100)]}, **PLAIN), 400, LONG),
    ("texts that repeat the one before", PARQUET,
     lambda: parquet({"CODE_GENDER": ["x" * 200_000] * 900}, compression="zstd", **DELTA), 400, LONG),
    ("a list in one row", PARQUET,
     lambda: parquet({"AMT_CREDIT": pa.ListArray.from_arrays([0, 30_000_000], np.zeros(30_000_000))}, **PLAIN),
     400, SCALARS),
    ("20,000 unknown columns", PARQUET,
     lambda: parquet({f"x{n}": [1] for n in range(20_000)}, write_statistics=False), 413, "footer has too many bytes"),
    ("1,200 unknown columns", PARQUET,
     lambda: parquet({f"x{n}": [1] for n in range(1_200)}), 400, "more than 1000 problems in the request; first:"),
    ("lists nested 100 deep", JSON, nested_lists, 413, "too many objects and lists"),
    ("11 million objects", JSON,
     lambda: b'{"inputs": [' + b"{}," * 11_000_000 + b"{}]}", 413, "too many objects and lists"),
    ("2.9 million unknown fields", JSON, lambda: unknown_fields(2_900_000), 413, "too many fields and values"),
    ("as many unknown fields as are parsed", JSON, lambda: unknown_fields(800_000), 400, "fields, got 800000"),
    ("doubled keys without end", JSON, lambda: b'{"inputs": [{%s}]}' % b",".join([b'"a":1'] * 800_000), 400,
     "field a: the key was sent more than once"),
    ("a category of 30 MB", JSON, lambda: json.dumps({"inputs": [{**GOOD, "CODE_GENDER": "x" * 30_000_000}]}).encode(),
     400, LONG),
]  # fmt: skip


@pytest.mark.parametrize(
    ("media", "body", "status", "words"), [line[1:] for line in HOSTILE], ids=[line[0] for line in HOSTILE]
)
def test_a_body_that_grows_is_refused_in_bounded_time_and_memory(recording, media, body, status, words):
    sent = body()
    (worker,) = workers_of(recording)
    before = reset_peak(worker)
    start = perf_counter()

    answer = post(recording, sent, media)

    assert (answer.status_code, words in answer.text) == (status, True), answer.text[:500]
    assert perf_counter() - start < SECONDS
    assert peak(worker) - before < CEILING
    assert workers_of(recording) == [worker]
    assert post(recording, json.dumps({"inputs": [GOOD]}).encode(), JSON).json()["predictions"][0]["recorded"]


def test_a_thousand_full_applications_with_long_texts_are_decided(recording):
    rows = [{**GOOD, "CODE_GENDER": f"[{{:,:{{[ {n} " * 30} for n in range(1_000)]

    answer = post(recording, json.dumps({"inputs": rows}).encode(), JSON)

    assert [each["unknown_categories"] for each in answer.json()["predictions"]] == [["CODE_GENDER"]] * 1_000


def test_problems_stop_at_a_thousand_and_the_message_says_so(either):
    rows = [{**GOOD, "AMT_CREDIT": "S3CRET", "CODE_GENDER": 5}] * 1_000

    answer = post(either, json.dumps({"inputs": rows}).encode(), JSON)

    assert answer.status_code == 400
    assert answer.json()["message"].startswith(
        "more than 1000 problems in the request; first: row 0 field CODE_GENDER: "
    )
    assert len(answer.json()["problems"]) == MAX_PROBLEMS
    assert len(answer.content) < MIB


def test_capitals_and_parameters_of_a_media_type_change_nothing(recording, complete):
    body = complete.head(3).to_parquet(index=False)

    answers = [
        post(recording, body, spelling).json()["predictions"]
        for spelling in (PARQUET, "Application/VND.Apache.Parquet", PARQUET.upper() + "; Charset=UTF-8")
    ]

    assert len({json.dumps([each["probability_of_default"] for each in answer]) for answer in answers}) == 1


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "deflate", "br", "identity, gzip"])
def test_a_compressed_body_is_refused_unread(recording, coding):
    answer = requests.post(
        f"{recording}/invocations", data=b"\x1f\x8b" + b"\0" * 100,
        headers={"Content-Type": JSON, "Content-Encoding": coding}, timeout=60,
    )  # fmt: skip

    assert (answer.status_code, answer.json()["error_code"]) == (415, "BAD_REQUEST")
    assert answer.json()["message"] == "expected a body without Content-Encoding: send it uncompressed"


def post(server: str, body: bytes, media: str) -> requests.Response:
    return requests.post(f"{server}/invocations", data=body, headers={"Content-Type": media}, timeout=120)


def reset_peak(process: int) -> int:
    """Bytes of memory that the process has; its peak counts from here on."""
    Path(f"/proc/{process}/clear_refs").write_text("5")
    return peak(process)


def peak(process: int) -> int:
    """The most bytes of memory that the process has had, of `VmHWM` in /proc."""
    status = Path(f"/proc/{process}/status").read_text("utf-8")
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])
