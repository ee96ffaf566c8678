"""Bodies become a payload and params, or an error that names the problem and repeats no value."""

import asyncio
from io import BytesIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from custom_model.errors import BadRequest, Unavailable
from custom_model.server.admission import Admission
from custom_model.server.body import parse, read
from custom_model.server.errors import Disconnected, TooLarge, TooSlow, WrongMediaType
from custom_model.server.settings import Settings

SETTINGS = Settings(served_model="model", max_rows=2, max_body_bytes=2048, body_seconds=0.05)
JSON = b"application/json"
PARQUET = b"application/vnd.apache.parquet"
ROWS = [{"A": 1, "B": "x"}, {"A": None, "B": "y"}]


@pytest.mark.parametrize(
    "body",
    [
        b'{"inputs": [{"A": 1, "B": "x"}, {"A": null, "B": "y"}]}',
        b'{"dataframe_records": [{"A": 1, "B": "x"}, {"A": null, "B": "y"}]}',
        b'{"dataframe_split": {"columns": ["A", "B"], "data": [[1, "x"], [null, "y"]]}}',
        b'{"dataframe_split": {"index": [4, 5], "columns": ["A", "B"], "data": [[1, "x"], [null, "y"]]}}',
    ],
)
def test_all_formats_of_the_same_rows_are_equal(body):
    assert parse(JSON, body, SETTINGS) == (ROWS, None)


def test_parquet_is_read_as_the_table_that_was_written():
    table = pd.DataFrame({"A": [1.5, None], "B": ["x", None]})

    payload, params = parse(PARQUET, table.to_parquet(), SETTINGS)

    pd.testing.assert_frame_equal(payload, table)
    assert params is None


def test_params_are_passed_on_unchanged():
    assert parse(JSON, b'{"params": {"threshold": "S3CRET"}, "inputs": 5}', SETTINGS) == (5, {"threshold": "S3CRET"})


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        (b'{"inputs": ["S3CRET"', None, "the body is not JSON that can be read: line 1, column 21"),
        (b'"S3CRET"', None, "expected an object with one of inputs, dataframe_records, dataframe_split, got a string"),
        (b"{}", None, "expected exactly one of inputs, dataframe_records, dataframe_split, got 0"),
        (b'{"inputs": [], "dataframe_split": {}}', None,
         "expected exactly one of inputs, dataframe_records, dataframe_split, got 2"),
        (b'{"inputs": [], "more": "S3CRET"}', "more", "unknown key of the request"),
        (b'{"dataframe_split": "S3CRET"}', "dataframe_split", "expected an object, got a string"),
        (b'{"dataframe_split": {"columns": []}}', "dataframe_split.data", "expected a list, got null"),
        (b'{"dataframe_split": {"columns": [1], "data": []}}', "dataframe_split.columns", "expected strings"),
        (b'{"dataframe_split": {"columns": ["A", "A"], "data": []}}', "A", "the column was sent more than once"),
        (b'{"dataframe_split": {"columns": ["A"], "data": [["S3CRET", 1]]}}', None,
         "expected a list of 1 values, as many as columns"),
        (b'{"dataframe_split": {"columns": [], "data": [], "kind": "S3CRET"}}', "dataframe_split.kind", "unknown key"),
    ],
)  # fmt: skip
def test_an_unreadable_body_is_explained_and_not_repeated(body, field, words):
    with pytest.raises(BadRequest) as error:
        parse(JSON, body, SETTINGS)

    (problem,) = error.value.body["problems"]
    assert (problem["field"], problem["problem"]) == (field, words)
    assert "S3CRET" not in error.value.serialize_as_json()


@pytest.mark.parametrize(
    "content_type",
    [b"text/csv", b"", b"application/json; charset=utf-16", b"application/json; version=1", b"application/jsonp"],
)
def test_other_media_types_are_refused(content_type):
    with pytest.raises(WrongMediaType):
        parse(content_type, b"{}", SETTINGS)


@pytest.mark.parametrize("content_type", [b"Application/JSON", b"application/json;charset=UTF-8"])
def test_a_media_type_is_case_insensitive(content_type):
    assert parse(content_type, b'{"inputs": []}', SETTINGS) == ([], None)


def test_rows_over_the_limit_are_refused_in_every_format():
    for content_type, body in [
        (JSON, b'{"inputs": [1, 2, 3]}'),
        (JSON, b'{"dataframe_split": {"columns": [], "data": [[], [], []]}}'),
        (PARQUET, pd.DataFrame({"A": [1, 2, 3]}).to_parquet()),
    ]:
        with pytest.raises(TooLarge) as error:
            parse(content_type, body, SETTINGS)
        assert error.value.body["limit"] == 2


def test_parquet_that_unpacks_beyond_the_byte_limit_is_refused_unread():
    packed = BytesIO()
    pd.DataFrame({"A": ["x" * 100_000]}).to_parquet(packed, compression="zstd")
    narrow = SETTINGS.model_copy(update={"max_held_bytes": 50_000})

    with pytest.raises(TooLarge):
        parse(PARQUET, packed.getvalue(), narrow)


@pytest.mark.parametrize("body", [b"", b"S3CRET", b"PAR1S3CRETPAR1"])
def test_an_invalid_parquet_file_is_explained_in_words(body):
    with pytest.raises(BadRequest) as error:
        parse(PARQUET, body, SETTINGS)

    assert "S3CRET" not in error.value.serialize_as_json()


@pytest.mark.parametrize(
    ("error", "answer"),
    [(MemoryError, Unavailable), (pa.lib.ArrowMemoryError, BadRequest), (pa.lib.ArrowInvalid, BadRequest)],
)
def test_memory_that_runs_out_is_the_servers_fault_and_a_damaged_file_the_clients(monkeypatch, error, answer):
    def fail(file):
        raise error("S3CRET")

    monkeypatch.setattr(pq.ParquetFile, "read", fail)

    with pytest.raises(answer) as raised:
        parse(PARQUET, pd.DataFrame({"A": [1.5]}).to_parquet(), SETTINGS)

    assert "S3CRET" not in raised.value.serialize_as_json()


def read_body(*messages, content_length=None):
    """The body of these messages, and the bytes that are reserved for it."""
    admission = Admission(9, 10_000)
    permit = admission.permit()
    remaining = iter(messages)

    async def receive():
        message = next(remaining, None)
        return message if message is not None else await asyncio.Event().wait()

    return asyncio.run(read(receive, content_length, permit, SETTINGS)), admission.bytes


def chunk(body, more=False):
    return {"type": "http.request", "body": body, "more_body": more}


def test_a_body_in_chunks_is_joined_and_its_bytes_reserved():
    assert read_body(chunk(b"ab", True), chunk(b"", True), chunk(b"c")) == (b"abc", 3)


def test_zeros_before_a_declared_length_are_no_fault_of_more_digits_than_int_takes():
    assert read_body(chunk(b"{}"), content_length=b"0" * 5_000 + b"2 ") == (b"{}", 2)
    assert read_body(chunk(b""), content_length=b"0" * 5_000) == (b"", 0)


@pytest.mark.parametrize(
    ("messages", "content_length", "error"),
    [
        ([chunk(b"x" * 2049)], None, TooLarge),
        ([chunk(b"x" * 2000, True), chunk(b"x" * 49)], None, TooLarge),
        ([], b"2049", TooLarge),
        ([chunk(b"x", True)], None, TooSlow),
        ([chunk(b"x", True), {"type": "http.disconnect"}], None, Disconnected),
    ],
)
def test_a_body_that_is_too_large_too_slow_or_cut_off_is_not_read_any_further(messages, content_length, error):
    with pytest.raises(error):
        read_body(*messages, content_length=content_length)
