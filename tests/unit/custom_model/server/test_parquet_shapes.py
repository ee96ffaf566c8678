"""A usual shape is read to the same numbers as by the reader of all structs, and damage to it is found as before."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_model.server import parquet_pages
from custom_model.server.errors import TooLarge
from custom_model.server.parquet_pages import PageCheck
from custom_model.server.thrift import Malformed
from tests.unit.custom_model.server.hostile_parquet import parquet

COLUMNS = {
    "A": [1.5, None, -2.0] * 5,
    "ID": [*range(15)],
    "B": ["x", "a text", None] * 5,
    "whole and wide": np.arange(15) * 2**40,
    "nothing": [None] * 15,
}
VALUED = ("A", "ID", "B", "whole and wide")
FILES = [
    parquet(COLUMNS),
    parquet(COLUMNS, use_dictionary=False, compression="none", row_group_size=4),
    parquet(COLUMNS, write_statistics=False, data_page_size=10, compression="zstd"),
    parquet(COLUMNS, data_page_version="2.0"),
    parquet(COLUMNS, use_dictionary=False, column_encoding={"B": "DELTA_BYTE_ARRAY"}),
]


def outcome_of(body: bytes, columns: int = len(COLUMNS)) -> object:
    """The layout and what is counted, or the error."""
    check = PageCheck(body, max_rows=20, max_bytes=10_000)
    try:
        layout = check.layout(int.from_bytes(body[-8:-4], "little"), columns)
    except (Malformed, TooLarge) as error:
        return type(error), str(error)
    return layout, check._rows, check._pages, check._unpacked, check._read


def outcome_without_shapes(body: bytes) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet_pages, "usual_page", lambda *_: None)
        patch.setattr(parquet_pages, "usual_chunk", lambda *_: None)
        return outcome_of(body)


@pytest.mark.parametrize("body", FILES)
def test_files_as_written_have_the_same_layout(body):
    assert outcome_of(body) == outcome_without_shapes(body)
    assert isinstance(outcome_of(body)[0], parquet_pages.Layout)


@given(body=st.sampled_from(FILES), changes=st.lists(st.tuples(st.integers(5, 5_000), st.integers(0, 255)), max_size=4))
def test_damage_is_read_as_by_the_reader_of_all_structs(body, changes):
    damaged = bytearray(body)
    for place, byte in changes:
        damaged[4 + place % (len(body) - 12)] = byte

    assert outcome_of(bytes(damaged)) == outcome_without_shapes(bytes(damaged))


@pytest.mark.parametrize("options", [{}, {"use_dictionary": False, "row_group_size": 4}])
def test_columns_with_values_have_usual_shapes_alone_where_arrow_writes_them(options, monkeypatch):
    read = []
    for name in ("usual_page", "usual_chunk"):
        usual = getattr(parquet_pages, name)
        monkeypatch.setattr(parquet_pages, name, lambda *where, usual=usual: read.append(usual(*where)) or read[-1])

    outcome_of(parquet({name: COLUMNS[name] for name in VALUED}, **options), len(VALUED))

    assert len(read) > 2 * len(VALUED)
    assert None not in read
