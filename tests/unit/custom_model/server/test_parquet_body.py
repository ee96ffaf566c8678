"""Parquet bodies become the table that the file holds, whatever its metadata and its footer say."""

import json
import random
from collections import Counter

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from custom_model.contract import Contract
from custom_model.errors import BadRequest, Unavailable
from custom_model.server.errors import TooLarge
from custom_model.server.parquet_body import parse_parquet
from custom_model.server.settings import Settings
from tests.unit.custom_model.server.hostile_parquet import (
    I32,
    lying,
    lying_about_size,
    pages_elsewhere,
    parquet,
    with_metadata,
    written,
)

SETTINGS = Settings(served_model="model", max_rows=1_000, max_held_bytes=20_000_000)
CONTRACT = Contract(id="ID", numeric=("A", "N"), categories={"B": ("x", "y")})
MIB = 1024 * 1024
UNKNOWN = "unknown field: the contract has no such column"
TEXT = "expected at most 1,000 characters of valid Unicode, without NUL"


def parse(body: bytes) -> pd.DataFrame:
    return parse_parquet(body, SETTINGS, CONTRACT).as_sent()


def problems_of(body: bytes) -> list[tuple[str | None, str]]:
    with pytest.raises(BadRequest) as error:
        parse(body)
    assert "S3CRET" not in error.value.serialize_as_json()
    return [(problem["field"], problem["problem"]) for problem in error.value.body["problems"]]


POOLS = []  # a pool must outlive what was allocated in it


@pytest.fixture
def peak():
    """The most bytes that Arrow has held since the test began."""
    before, pool = pa.default_memory_pool(), pa.proxy_memory_pool(pa.default_memory_pool())
    POOLS.append(pool)
    pa.set_memory_pool(pool)
    yield pool.max_memory
    pa.set_memory_pool(before)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"data_page_version": "2.0"},
        {"row_group_size": 1},
        {"use_dictionary": False},
        {"compression": "zstd"},
        {"compression": "none"},
        {"compression": "gzip"},
        {"use_dictionary": False, "column_encoding": {"B": "DELTA_BYTE_ARRAY", "N": "DELTA_BINARY_PACKED"}},
        {"use_dictionary": False, "column_encoding": {"B": "DELTA_LENGTH_BYTE_ARRAY"}},
    ],
    ids=str,
)
@pytest.mark.parametrize("rows", [2, 1_000])
def test_a_table_is_read_as_it_was_written(options, rows):
    table = pd.DataFrame(
        {
            "N": np.arange(rows, dtype=np.int64),
            "B": pd.Series(["x", None] * (rows // 2), dtype=object),
            "A": np.where(np.arange(rows) % 3, np.nan, 1.5),
            "ID": np.arange(rows, dtype=np.int64) + 2**62,
        }
    )

    kinds = pa.schema({"N": pa.int64(), "B": pa.string(), "A": pa.float64(), "ID": pa.int64()})

    read = parse(written(pa.Table.from_pandas(table, kinds), **options))

    pd.testing.assert_frame_equal(read, table)


@pytest.mark.parametrize("columns", [{}, {"A": pa.array([], pa.float64()), "B": pa.array([], pa.string())}])
def test_a_file_without_rows_has_no_applications(columns):
    assert parse(parquet(columns)).shape == (0, len(columns))


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())], ids=str
)
def test_texts_of_every_kind_are_texts(kind):
    body = parquet({"B": pa.array(["x", None, "mauve", "x"]).cast(kind)})

    assert parse(body)["B"].tolist() == ["x", None, "mauve", "x"]


@pytest.mark.parametrize("kind", [pa.int8(), pa.uint64(), pa.float32(), pa.float16(), pa.float64()], ids=str)
def test_numbers_of_every_kind_are_numbers(kind):
    assert parse(parquet({"A": pa.array([1, None, 7], pa.float64()).cast(kind)}))["A"].tolist()[::2] == [1, 7]


def test_a_column_without_any_value_is_missing():
    body = parquet({"A": pa.nulls(2), "N": pa.array([None, None], pa.string()), "B": pa.nulls(2), "ID": pa.nulls(2)})

    assert parse(body).isna().all(axis=None)


def test_whole_ids_beside_a_missing_one_stay_exact():
    body = parquet({"ID": pa.array([9007199254740993, None, -(2**63) + 1]), "A": [1, 2, 3]})

    assert parse(body)["ID"].tolist() == [9007199254740993, None, -(2**63) + 1]


@pytest.mark.parametrize("index", ["ID", "A", "B", ["ID", "B"]])
def test_a_column_in_the_index_of_pandas_is_a_column(index):
    table = pd.DataFrame({"ID": [7, 8], "A": [1.5, 2.5], "B": ["x", "y"]})

    read = parse(table.set_index(index).to_parquet())

    pd.testing.assert_frame_equal(read[["ID", "A", "B"]], table)


def test_an_index_without_a_name_is_refused_since_it_may_be_the_ids():
    table = pd.DataFrame({"A": [1.5, 2.5]}, index=[100_002, 100_003])

    assert problems_of(table.to_parquet()) == [
        ("__index_level_0__", f"{UNKNOWN}: it is pandas' index; write the file with index=False")
    ]


@pytest.mark.parametrize(
    "metadata",
    [
        b"S3CRET",
        b"\xff\xfe",
        b"[]",
        b"5",
        b"{}",
        b'{"index_columns": 5, "columns": [], "column_indexes": []}',
        b'{"index_columns": ["A"], "columns": [], "column_indexes": []}',
        b'{"index_columns": ["A", "A"], "columns": [{}], "column_indexes": [{}]}',
        b'{"index_columns": [{"kind": "range", "name": "ID", "start": 0, "stop": 2, "step": 0}], "columns": []}',
        b'{"index_columns": [{"kind": "range"}], "columns": [], "column_indexes": []}',
        json.dumps({"index_columns": [], "column_indexes": [], "columns": [
            {"name": "A", "field_name": "A", "pandas_type": "datetime", "numpy_type": "S3CRET", "metadata": None}
        ]}).encode(),
        json.dumps({"index_columns": [], "column_indexes": [{"name": None, "numpy_type": "int64"}], "columns": [
            {"name": "N", "field_name": "A", "pandas_type": "int64", "numpy_type": "int64", "metadata": None}
        ]}).encode(),
        b"[" * 100_000,
    ],
)  # fmt: skip
def test_the_metadata_of_pandas_is_not_followed(metadata):
    body = with_metadata(parquet({"A": [1.5, 2.5], "B": ["x", None]}), {b"pandas": metadata})

    assert parse(body).to_dict("list") == {"A": [1.5, 2.5], "B": ["x", None]}


@pytest.mark.parametrize(
    ("table", "problems"),
    [
        (pa.table({"A": [1], "HEIGHT": [180], "WIDTH": ["S3CRET"]}), [("HEIGHT", UNKNOWN), ("WIDTH", UNKNOWN)]),
        (pa.table([[1], [2]], names=["A", "A"]), [("A", "the column was sent more than once")]),
        (pa.table({"A": [[1.5]]}), [("A", "expected a column of numbers, strings or booleans")]),
        (pa.table({"B": [{"x": 1}]}), [("B", "expected a column of numbers, strings or booleans")]),
        (pa.table({"B": [b"S3CRET"]}), [("B", "expected a column of numbers, strings or booleans")]),
        (pa.table({"A": pa.array([1]).cast(pa.timestamp("ns"))}),
         [("A", "expected a column of numbers, strings or booleans")]),
        (pa.table({f"x{n}": [1] for n in range(900)}), [(f"x{n}", UNKNOWN) for n in range(900)]),
    ],
    ids=["unknown", "doubled", "list", "struct", "binary", "time", "many"],
)  # fmt: skip
def test_a_schema_beyond_the_contract_is_refused_without_reading_a_row(table, problems, monkeypatch):
    monkeypatch.setattr(pq.ParquetFile, "iter_batches", lambda *arguments: pytest.fail("read"))

    assert problems_of(written(table)) == problems


def test_a_schema_of_any_size_is_refused_in_one_sentence():
    with pytest.raises(TooLarge, match="too many columns or row groups: the limit is 1004"):
        parse(parquet({f"x{n}": [1] for n in range(1_100)}))


def test_a_footer_beyond_any_contract_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr(pq, "ParquetFile", lambda *arguments: pytest.fail("read"))

    with pytest.raises(TooLarge, match="footer"):
        parse(with_metadata(parquet({"A": [1]}), {b"x": b"x" * 600_000}))


ROWS = 300_000
MANY = parquet({"A": np.arange(ROWS) * 1.0}, use_dictionary=False, data_page_size=2**30)


@pytest.mark.parametrize(
    "body",
    [
        MANY,
        lying(MANY, ROWS, 1, times=1),
        lying(MANY, ROWS, 1),
        parquet({"A": np.arange(1_001)}),
        parquet({"A": np.arange(1_001)}, row_group_size=10),
        lying(parquet({"A": np.arange(1_001)}, row_group_size=500), 1_001, 1_000),
    ],
    ids=["honest", "of the file", "of the row group and its column", "one too many", "in row groups", "in sum"],
)
def test_rows_are_counted_and_not_believed(body, peak):
    with pytest.raises(TooLarge, match="too many applications in one request: the limit is 1000"):
        parse(body)

    assert peak() < MIB


@pytest.mark.parametrize(
    "body",
    [
        lying(parquet({"A": np.arange(900)}), 900, 800, times=1),
        lying(parquet({"A": np.arange(900)}), 900, 901),
        lying(parquet({"A": np.arange(900)}, use_dictionary=False), 900, 20, I32),
    ],
    ids=["fewer", "more", "fewer in the page"],
)
def test_a_footer_that_counts_other_rows_than_there_are_is_a_damaged_file(body):
    assert problems_of(body) == [(None, "the body is not Parquet that can be read")]


def test_one_long_text_of_a_dictionary_is_not_copied_for_each_row(peak):
    body = parquet({"B": pa.DictionaryArray.from_arrays(np.zeros(1_000, np.int8), ["x" * 3_000_000])})

    assert problems_of(body) == [("B", TEXT)]
    assert peak() < 20 * MIB  # for each row it would be 3 GB


@pytest.mark.parametrize(
    ("column", "options"),
    [
        (["x" * 25_000_000], {}),
        (["x" * 100_000 + str(n) for n in range(300)], {"use_dictionary": False}),
        (["x" * 4_000_000], {"use_dictionary": False, "column_encoding": {"B": "DELTA_BYTE_ARRAY"}}),
        (["x" * 4_000_000], {"use_dictionary": False, "column_encoding": {"B": "DELTA_BYTE_ARRAY"},
                             "data_page_version": "2.0"}),
    ],
    ids=["one text", "many texts", "one that more may repeat", "the same in version 2"],
)  # fmt: skip
def test_a_file_that_unpacks_beyond_the_limit_is_refused_unread(column, options, peak):
    body = lying_about_size(parquet({"B": column}, compression="zstd", **options))
    peak_before = peak()

    with pytest.raises(TooLarge, match="too many bytes when unpacked: the limit is 20000000"):
        parse(body)

    assert len(body) < MIB
    assert peak() - peak_before < MIB


@pytest.mark.parametrize("is_hidden", [False, True])
def test_pages_that_only_arrow_would_read_are_a_damaged_file(is_hidden, peak):
    honest = parquet(
        {"N": [1], "B": ["x" * 25_000_000]}, use_dictionary=False, compression="zstd", write_statistics=False
    )
    peak_before = peak()

    assert problems_of(pages_elsewhere(honest, 1, 0, is_hidden)) == [(None, "the body is not Parquet that can be read")]
    assert peak() - peak_before < MIB


@pytest.mark.parametrize(
    "options",
    [{}, {"use_dictionary": False, "column_encoding": dict.fromkeys("ANB", "DELTA_BYTE_ARRAY")}],
    ids=["dictionaries", "repeating the text before"],
)
def test_texts_that_may_each_be_recorded_but_not_all_are_refused(options, peak):
    body = parquet({name: ["x" * 3_000] * 1_000 for name in "ANB"} | {"ID": ["x" * 4_000] * 1_000}, **options)
    limits = SETTINGS.model_copy(update={"max_held_bytes": 10_000_000})

    with pytest.raises(TooLarge, match="too many bytes when unpacked: the limit is 10000000"):
        parse_parquet(body, limits, CONTRACT)

    assert parse(body).shape == (1_000, 4)


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_texts_that_repeat_the_one_before_are_read_a_few_at_a_time(version, peak):
    options = {"use_dictionary": False, "column_encoding": {"B": "DELTA_BYTE_ARRAY"}, "data_page_version": version}
    body = parquet({"B": ["x" * 200_000] * 300}, compression="zstd", **options)
    written = peak()

    assert problems_of(body) == [("B", TEXT)]
    assert len(body) < MIB // 10
    assert peak() <= written  # no more than the 60 MB of writing it


def test_many_long_texts_within_the_limit_are_refused_as_texts(peak):
    body = parquet({"B": ["x" * 100_000 + str(n) for n in range(150)]}, compression="zstd")

    assert problems_of(body) == [("B", TEXT)]


def test_a_dictionary_of_more_values_than_any_file_needs_is_refused():
    levels = pa.array([str(n) for n in range(20_000)])
    body = parquet({"B": pa.DictionaryArray.from_arrays(np.zeros(2, np.int32), levels)})

    with pytest.raises(TooLarge, match="a dictionary of the Parquet file has too many values: the limit is 10000"):
        parse(body)


@pytest.mark.parametrize(
    "body", [b"", b"S3CRET", b"PAR1S3CRETPAR1", b"PAR1" + b"\0" * 8 + b"PAR1", MANY[:-1], MANY[1000:]]
)
def test_an_invalid_file_is_explained_in_words(body):
    assert problems_of(body) == [(None, "the body is not Parquet that can be read")]


def test_text_that_is_not_utf_8_is_explained_in_words():
    body = parquet({"B": ["S3CRET" * 3]}, use_dictionary=False).replace(b"S3CRET" * 3, b"\xff" * 18)

    assert problems_of(body) == [(None, "the body is not Parquet that can be read")]


def test_types_that_pandas_registers_cannot_break_the_server():
    pa.array(pd.period_range("2012-01", periods=1, freq="M"))  # pandas registers its types with Arrow on first use
    kind = b'{"freq": "S3CRET"}'
    field = pa.field(
        "A", pa.int64(), metadata={b"ARROW:extension:name": b"pandas.period", b"ARROW:extension:metadata": kind}
    )
    body = written(pa.table([pa.array([1])], schema=pa.schema([field])))

    assert len(problems_of(body)) == 1


@pytest.mark.parametrize(
    ("owner", "step"),
    [(pq.ParquetFile, "iter_batches"), (pd.DataFrame, "__setitem__")],
    ids=["reading", "the table as it was sent"],
)
@pytest.mark.parametrize(
    ("error", "answer"),
    [(MemoryError, Unavailable), (pa.lib.ArrowMemoryError, BadRequest), (pa.lib.ArrowInvalid, BadRequest)],
)
def test_memory_that_runs_out_is_the_servers_fault_and_a_damaged_file_the_clients(
    monkeypatch, error, answer, owner, step
):
    def fail(*arguments, **options):
        raise error("S3CRET")

    monkeypatch.setattr(owner, step, fail)

    with pytest.raises(answer) as raised:
        parse(parquet({"ID": [1, None]}))

    assert "S3CRET" not in raised.value.serialize_as_json()


def test_a_column_whose_statistics_contradict_the_schema_does_not_end_the_process():
    optional = b"\x15\x0a\x25\x02"  # in the schema: a double that may be missing, with a histogram of the missing ones
    honest = parquet({"A": [1.5, None]})

    body = honest.replace(optional, b"\x15\x0a\x25\x00")

    assert body != honest
    assert problems_of(body) == [(None, "the body is not Parquet that can be read")]


COLUMNS = {"ID": pa.array([1, None, 3]), "A": [1.5, None, 2.5], "B": ["x", "y", None]}
SEEDS = [
    parquet(COLUMNS),
    parquet(COLUMNS, compression="zstd", data_page_version="2.0", store_schema=False),
    parquet(COLUMNS, row_group_size=2, store_schema=False),
    parquet(COLUMNS, use_dictionary=False, compression="none", store_schema=False),
    parquet(COLUMNS, use_dictionary=False, column_encoding={"B": "DELTA_BYTE_ARRAY", "ID": "DELTA_BINARY_PACKED"}),
]


def test_no_mutant_ends_the_process_or_is_a_fault_of_the_server():
    chance = random.Random(20180829)
    outcomes = Counter()

    for _ in range(3_000):
        body = bytearray(chance.choice(SEEDS))
        for _ in range(chance.choice([1, 1, 1, 2, 4])):
            place = chance.randrange(len(body))
            size = chance.choice([0, 1, 1, 1, 4])
            body[place : place + size] = bytes(
                chance.choice([0, 1, 2, 127, 128, 255, chance.randrange(256)]) for _ in range(size)
            )
        try:
            outcomes[len(parse(bytes(body)))] += 1
        except (BadRequest, TooLarge):
            outcomes["refused"] += 1

    assert set(outcomes) <= {"refused", 0, 1, 2, 3}
    assert min(outcomes[3], outcomes["refused"]) > 300  # not all of one kind
