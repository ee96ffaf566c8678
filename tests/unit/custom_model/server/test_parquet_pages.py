"""Pages are counted as Arrow reads them, whatever else their headers say."""

import pytest

from custom_model.server.errors import TooLarge
from custom_model.server.parquet_pages import MAX_PAGES, Layout, PageCheck
from custom_model.server.thrift import I32, I64, Malformed

DATA, DICTIONARY, DATA_V2 = 0, 2, 3  # kinds of pages
PLAIN, DELTA_BYTE_ARRAY = 0, 7


def number(value: int) -> bytes:
    """A whole number in zigzag."""
    value, digits = value << 1 ^ value >> 63, []
    while value > 127:
        digits.append(value & 127 | 128)
        value >>= 7
    return bytes([*digits, value])


def struct(fields: dict[int, int | bytes | list[bytes]], kind: int = I32) -> bytes:
    """Whole numbers of that kind, structs and lists of structs by field; each field's number in full."""
    parts = []
    for field, value in fields.items():
        if isinstance(value, int):
            parts.append(bytes([kind]) + number(field) + number(value))
        elif isinstance(value, bytes):
            parts.append(b"\x0c" + number(field) + value)
        else:
            parts.append(b"\x09" + number(field) + bytes([len(value) << 4 | 12]) + b"".join(value))
    return b"".join(parts) + b"\x00"


def page(kind: int, values: int, encoding: int = PLAIN, size: int = 10, unpacked: int = 10, **others: int) -> bytes:
    """A page of that kind; `others` are values that its headers of other kinds say: data, dictionary, data_v2."""
    told = {5: others.get("data"), 7: others.get("dictionary"), 8: others.get("data_v2")}
    told[{DATA: 5, DICTIONARY: 7, DATA_V2: 8}[kind]] = values
    headers = {
        field: struct({1: count, (4 if field == 8 else 2): encoding})
        for field, count in told.items()
        if count is not None
    }
    return struct({1: kind, 2: unpacked, 3: size, **headers}) + bytes(size)


def layout_of(pages: list[bytes], values: int, rows: int | None = None, max_bytes: int = 1_000) -> Layout:
    """The layout of a file of one column with these pages, whose footer says so many values."""
    column = struct({5: values, 9: 4}, I64)
    group = struct({1: [struct({3: column})], 3: values if rows is None else rows}, I64)
    footer = struct({3: values if rows is None else rows, 4: [group]}, I64)
    body = b"PAR1" + b"".join(pages) + footer + len(footer).to_bytes(4, "little") + b"PAR1"
    return PageCheck(body, max_rows=100, max_bytes=max_bytes).layout(len(footer), columns=1)


def test_the_pages_of_a_column_are_its_rows():
    assert layout_of([page(DICTIONARY, 7), page(DATA, 60), page(DATA_V2, 40)], 100) == Layout(frozenset(), 101)


@pytest.mark.parametrize(
    "pages",
    [
        [page(DATA, 101, data_v2=1)],
        [page(DATA_V2, 101, data=1)],
        [page(DATA, 101, dictionary=1)],
        [page(DICTIONARY, 1, data=1), page(DATA, 101)],
    ],
)
def test_the_header_that_counts_is_that_of_the_pages_kind(pages):
    with pytest.raises(TooLarge, match="too many applications"):
        layout_of(pages, 1)


@pytest.mark.parametrize(
    ("pages", "values", "rows"),
    [
        ([page(DATA, 5)], 6, 6),
        ([page(DATA, 6)], 5, 5),
        ([page(DATA, 5)], 5, 4),
        ([page(DATA, -5)], 5, 5),
        ([page(DATA, 5, unpacked=-1)], 5, 5),
        ([page(DATA, 5)], -1, -1),
        ([struct({1: DATA, 2: 10, 3: 10_000, 5: struct({1: 5})})], 5, 5),
        ([struct({1: DATA, 2: 10, 3: 0})], 5, 5),
        ([], 5, 5),
    ],
)
def test_pages_that_do_not_hold_what_the_footer_says_are_malformed(pages, values, rows):
    with pytest.raises(Malformed):
        layout_of(pages, values, rows)


def test_unpacked_bytes_are_those_of_all_pages():
    pages = [page(DICTIONARY, 7, unpacked=400), page(DATA, 1, unpacked=300), page(DATA, 1, unpacked=301)]

    assert layout_of(pages[:2], 1).batch_rows == 101
    with pytest.raises(TooLarge, match="too many bytes when unpacked: the limit is 1000"):
        layout_of(pages, 2)


def test_a_dictionary_of_too_many_values_is_refused():
    with pytest.raises(TooLarge, match="too many values: the limit is 10000"):
        layout_of([page(DICTIONARY, 10_001), page(DATA, 1)], 1)


def test_columns_that_share_their_pages_are_malformed():
    pages = page(DATA, 1, size=400)
    column = struct({3: struct({5: 1, 9: 4}, I64)})
    group = struct({1: [column, column], 3: 1}, I64)
    footer = struct({3: 1, 4: [group]}, I64)
    body = b"PAR1" + pages + footer + len(footer).to_bytes(4, "little") + b"PAR1"

    with pytest.raises(Malformed):
        PageCheck(body, max_rows=100, max_bytes=1_000).layout(len(footer), columns=2)


def test_pages_without_end_are_refused():
    with pytest.raises(TooLarge, match=f"too many pages: the limit is {MAX_PAGES}"):
        layout_of([page(DATA, 0, size=0, unpacked=0)] * (MAX_PAGES + 1), 1)


@pytest.mark.parametrize("kind", [DATA, DATA_V2])
def test_texts_that_repeat_the_one_before_are_read_so_many_at_a_time_that_they_fit(kind):
    assert layout_of([page(kind, 100, DELTA_BYTE_ARRAY, unpacked=50)], 100) == Layout(frozenset({0}), 20)
    with pytest.raises(TooLarge, match="when unpacked"):
        layout_of([page(kind, 100, DELTA_BYTE_ARRAY, unpacked=500)], 100)
