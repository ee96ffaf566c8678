"""Clients' ids: whole numbers and texts as they are, and nothing that may have become another client's."""

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from steps.features import build
from steps.run.console import UserError
from steps.run.settings import Engine, Settings

EXPECTED = r"client identifies the client: expected whole numbers below 2\^63 \(of type double, below 2\^53\) or texts"


def built(folder: Path, ids: object) -> list:
    """The ids in the feature table of a Parquet file with these."""
    pq.write_table(pa.table({"client": ids, "bad": [0, 1], "x": [1.0, 2.0]}), folder / "lender.parquet")
    out = build(str(folder / "lender.parquet"), folder / "out.parquet", Engine.duckdb, "bad", "client", Settings())
    return pq.read_table(out)["client"].to_pylist()


@pytest.mark.parametrize(
    ("ids", "read"),
    [
        ([2**53 + 1, 2**53 + 2], [2**53 + 1, 2**53 + 2]),
        ([1.0, 2.0], [1, 2]),
        ([2.0**53 - 1, -1.0], [-1, 2**53 - 1]),
        (["0002", "1"], ["0002", "1"]),
        ([b"a", b"b"], ["a", "b"]),
        ([Decimal("12345678901234567890"), Decimal("12345678901234567891")],) * 2,
    ],
)
def test_an_id_is_the_one_in_the_file(tmp_path, ids, read):
    assert built(tmp_path, ids) == [str(each) if isinstance(each, Decimal) else each for each in read]


@pytest.mark.parametrize(
    "ids",
    [
        [2.0**53, 1.0],
        [-(2.0**53), 1.0],
        [2.0**70, 1.0],
        [1.5, 2.0],
        [float("inf"), 1.0],
        pa.array([2**63, 1], pa.uint64()),
        [True, False],
        [[1], [2]],
        [{"a": 1}, {"a": 2}],
        [b"\xff", b"a"],
    ],
    ids=str,
)
def test_what_may_be_another_clients_id_or_is_none_is_refused_in_one_line(tmp_path, ids):
    with pytest.raises(UserError, match=EXPECTED) as error:
        built(tmp_path, ids)

    assert "\n" not in str(error.value)


def test_a_missing_id_is_told_as_missing_whatever_its_type(tmp_path):
    for ids in ([1.0, float("nan")], [1, None], ["a", None]):
        with pytest.raises(UserError, match="client identifies the client: missing in 1 of 2 rows"):
            built(tmp_path, ids)


def test_a_nested_target_is_told(tmp_path):
    pq.write_table(pa.table({"client": [1, 2], "bad": [[0], [1]]}), tmp_path / "lender.parquet")

    with pytest.raises(UserError, match=r"bad has values of type BIGINT\[\]: expected numbers, texts, or yes and no"):
        build(str(tmp_path / "lender.parquet"), tmp_path / "o.parquet", Engine.duckdb, "bad", "client", Settings())
