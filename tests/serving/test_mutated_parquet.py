"""Thousands of broken Parquet bodies to the hardened server: an answer to each, one worker, bounded memory."""

import asyncio
import json
import random
from collections.abc import Iterator

import pandas as pd
import pyarrow as pa
import pytest

from steps.run.serving import hardened_server
from testing.processes import workers_of
from tests.applications import COMPLETE as GOOD
from tests.serving.corpus import keep, kept
from tests.serving.test_hostile_bodies import CEILING, peak, reset_peak
from tests.serving.test_mutated_bodies import post_all
from tests.unit.custom_model.server.hostile_parquet import written

pytestmark = pytest.mark.slow

BODIES = 4_000
MEDIA = "application/vnd.apache.parquet"
TAIL = 8  # bytes at the end: the footer's length, and PAR1
OPTIONS = [
    {},
    {"compression": "none", "use_dictionary": False},
    {"compression": "zstd", "data_page_version": "2.0", "write_statistics": False},
    {"compression": "gzip", "row_group_size": 1, "store_schema": False},
    {"compression": "lz4", "data_page_size": 1, "write_page_index": True, "write_page_checksum": True},
    {"compression": "brotli", "use_dictionary": False, "use_byte_stream_split": True},
]


@pytest.fixture(scope="module")
def alone(champion) -> Iterator[str]:
    """A hardened server of this module's own: its worker must stay the same one."""
    with hardened_server(champion.uri) as url:
        yield url


def seeds() -> list[bytes]:
    """Good bodies, some with columns that no contract has, in every form that a writer gives them."""
    rows = pd.DataFrame([GOOD, {**GOOD, "SK_ID_CURR": None}, GOOD])
    few = rows[["SK_ID_CURR", "AMT_CREDIT", "CODE_GENDER", "EXT_SOURCE_2"]]
    tables = [
        pa.Table.from_pandas(rows.drop(columns="SK_ID_CURR")),
        pa.Table.from_pandas(few),
        pa.Table.from_pandas(few.set_index("CODE_GENDER")),
        pa.table({"SK_ID_CURR": pa.array([2**53 + 1, None]), "CODE_GENDER": pa.array(["F", "M"]).dictionary_encode()}),
        pa.table({"AMT_CREDIT": [[1.0], [2.0, 3.0]], "x": [{"a": 1}, None], "when": pa.array([0, 1], pa.date32())}),
        pa.table({"AMT_CREDIT": pa.array([], pa.float64())}),
    ]
    bodies = []
    for table in tables:
        for options in OPTIONS:
            nested = any(pa.types.is_nested(kind) for kind in table.schema.types)
            chosen = {} if nested or options.get("use_byte_stream_split") else options
            bodies.append(written(table, **chosen))
    return bodies


def mutated(chance: random.Random, bodies: list[bytes]) -> bytes:
    """A good body with one to four changes, most of them in its footer or near its pages' headers."""
    body = chance.choice(bodies)
    for _ in range(chance.randint(1, 4)):
        if len(body) < 2 * TAIL:
            break
        footer = int.from_bytes(body[-TAIL:-4], "little")
        start = max(0, len(body) - TAIL - footer) if chance.random() < 0.6 else 0
        place = chance.randrange(start, len(body))
        length = chance.randint(0, 6)
        before, cut, after = body[:place], body[place : place + length], body[place + length :]
        body = chance.choice(
            [
                before + bytes([chance.randrange(256)]) + body[place + 1 :],
                before + bytes([body[place] ^ (1 << chance.randrange(8))]) + body[place + 1 :],
                before + b"\xff\xff\xff\xff\x0f" + after,  # a large number in Thrift's form
                before + cut + cut + after,
                before + after,
                before + bytes(chance.randrange(256) for _ in range(length)) + after,
                body[:-TAIL] + chance.choice([0, 1, 2**31, 2**32 - 1]).to_bytes(4, "little") + b"PAR1",
            ]
        )
    return body if chance.random() < 0.97 else body[: chance.randrange(len(body) + 1)]


def test_no_broken_parquet_breaks_the_server(alone):
    chance = random.Random(20180829)
    good = seeds()
    bodies = [*good, *kept("parquet"), *(mutated(chance, good) for _ in range(BODIES))]
    (worker,) = workers_of(alone)
    before = reset_peak(worker)

    answers = asyncio.run(post_all(alone, bodies, MEDIA))

    assert {200, 400, 413} <= {status for status, _ in answers}
    for body, (status, text) in zip(bodies, answers, strict=True):
        assert status in (200, 400, 413), keep("parquet", body)
        content = json.loads(text)
        assert ("predictions" in content) == (status == 200), keep("parquet", body)
    assert workers_of(alone) == [worker]
    assert peak(worker) - before < CEILING
