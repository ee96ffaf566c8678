"""A body is read within its limits, of a media type that the server reads, and without a content coding."""

import asyncio
from io import BytesIO

import pandas as pd
import pytest

from custom_model.contract import Contract
from custom_model.errors import BadRequest
from custom_model.server.admission import Admission
from custom_model.server.body import parse, read, readable_media_type
from custom_model.server.errors import Disconnected, TooLarge, TooSlow, WrongEncoding, WrongMediaType
from custom_model.server.media_types import JSON, PARQUET
from custom_model.server.settings import Settings

SETTINGS = Settings(served_model="model", max_rows=2, max_body_bytes=2048, body_seconds=0.05)
CONTRACT = Contract(id="ID", numeric=("A",), categories={"B": ("x", "y")})


@pytest.mark.parametrize(
    "content_type",
    [b"text/csv", b"", b"application/json; charset=utf-16", b"application/json; version=1", b"application/jsonp"],
)
def test_other_media_types_are_refused(content_type):
    with pytest.raises(WrongMediaType):
        readable_media_type({b"content-type": content_type})


def test_a_body_without_a_media_type_is_a_bad_request():
    with pytest.raises(BadRequest, match="expected a Content-Type: application/json"):
        readable_media_type({})


@pytest.mark.parametrize(
    ("content_type", "media"),
    [
        (b"Application/JSON", JSON),
        (b"application/json;charset=UTF-8", JSON),
        (b'application/json ; Charset="utf-8"', JSON),
        (b"APPLICATION/VND.Apache.Parquet", PARQUET),
        (b" application/vnd.apache.parquet", PARQUET),
    ],
)
def test_all_spellings_of_a_media_type_are_one(content_type, media):
    assert readable_media_type({b"content-type": content_type}) == media


@pytest.mark.parametrize("coding", [b"gzip", b"GZIP", b"br", b"deflate", b"zstd", b"identity, gzip", b"x-unknown"])
def test_a_compressed_body_is_refused(coding):
    with pytest.raises(WrongEncoding, match="without Content-Encoding"):
        readable_media_type({b"content-type": b"application/json", b"content-encoding": coding})


@pytest.mark.parametrize("coding", [b"gzip, chunked", b"chunked, gzip", b"deflate", b"identity, chunked", b""])
def test_a_body_that_is_compressed_for_its_transfer_is_refused(coding):
    with pytest.raises(WrongEncoding):
        readable_media_type({b"content-type": b"application/json", b"transfer-encoding": coding})

    assert readable_media_type({b"content-type": b"application/json", b"transfer-encoding": b"Chunked "}) == JSON


@pytest.mark.parametrize("coding", [b"identity", b"Identity", b""])
def test_the_coding_identity_is_none(coding):
    assert readable_media_type({b"content-type": b"application/json", b"content-encoding": coding}) == JSON


def test_rows_over_the_limit_are_refused_in_every_format():
    file = BytesIO()
    pd.DataFrame({"A": [1, 2, 3]}).to_parquet(file)
    for media, body in [
        (JSON, b'{"inputs": [1, 2, 3]}'),
        (JSON, b'{"dataframe_split": {"columns": [], "data": [[], [], []]}}'),
        (PARQUET, file.getvalue()),
    ]:
        with pytest.raises(TooLarge) as error:
            parse(media, body, SETTINGS, CONTRACT)
        assert error.value.body["limit"] == 2


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
