"""Pages of a Parquet file: what they unpack to, before they are unpacked.

The footer has whatever sizes the sender wrote, and Arrow does not compare them with the pages. It allocates memory by
the headers of the pages, one after the other as here.
"""

from typing import Any, NamedTuple

from custom_model.server.errors import TooLarge
from custom_model.server.thrift import INTEGER, Malformed, StructReader

# Fields of parquet.thrift.
FILE_ROWS, ROW_GROUPS = 3, 4
COLUMNS, ROWS = 1, 3
COLUMN = 3
CHUNK_VALUES, DATA_OFFSET, DICTIONARY_OFFSET = 5, 9, 11
UNPACKED, PACKED, DATA, DICTIONARY, DATA_V2 = 2, 3, 5, 7, 8
VALUES, ENCODING, ENCODING_V2 = 1, 2, 4
DELTA_BYTE_ARRAY = 7  # each text repeats the beginning of the one before: a few bytes can stand for a megabyte

CHUNK = {COLUMN: {CHUNK_VALUES: INTEGER, DATA_OFFSET: INTEGER, DICTIONARY_OFFSET: INTEGER}}
FOOTER = {FILE_ROWS: INTEGER, ROW_GROUPS: [{COLUMNS: [CHUNK], ROWS: INTEGER}]}
HEADER = {
    UNPACKED: INTEGER,
    PACKED: INTEGER,
    DATA: {VALUES: INTEGER, ENCODING: INTEGER},
    DICTIONARY: {VALUES: INTEGER},
    DATA_V2: {VALUES: INTEGER, ENCODING_V2: INTEGER},
}
HEADER_PARTS = 200  # about thirty are in use
MAX_PAGES = 20_000  # 1,000 rows of 657 columns have 1,314
MAX_DICTIONARY = 10_000  # values of one dictionary


class _Page(NamedTuple):
    values: int  # rows of a data page, 0 of any other
    dictionary: int  # values of a dictionary
    unpacked: int  # bytes
    end: int  # where the next page begins


def check_pages(body: bytes, footer_bytes: int, columns: int, max_rows: int, max_bytes: int) -> None:
    """Check the pages of a file without nested columns against the limits.

    Raises `TooLarge` for more rows or unpacked bytes than the limit, `Malformed` for pages that do not lie in the body,
    or that have other rows than the footer says.
    """
    pages = unpacked = rows = 0
    footer = StructReader(body, len(body) - 8 - footer_bytes, footer_bytes).struct(FOOTER)
    for group in footer.get(ROW_GROUPS, ()):
        chunks = group.get(COLUMNS, ())
        if len(chunks) != columns:
            raise Malformed
        for chunk in chunks:
            column = chunk.get(COLUMN, {})
            values, position, seen = _natural(column, CHUNK_VALUES), _start(column), 0
            while seen < values:  # as Arrow counts
                page = _page(body, position)
                position = page.end
                seen += page.values
                pages += 1
                unpacked += page.unpacked
                _check(rows + seen, "too many applications in one request", max_rows)
                _check(unpacked, "the body has too many bytes when unpacked", max_bytes)
                _check(pages, "the Parquet file has too many pages", MAX_PAGES)
                _check(page.dictionary, "a dictionary of the Parquet file has too many values", MAX_DICTIONARY)
            if seen != values or values != group.get(ROWS):
                raise Malformed
        rows += _natural(group, ROWS)
    if rows != footer.get(FILE_ROWS):
        raise Malformed


def _check(number: int, cause: str, limit: int) -> None:
    if number > limit:
        raise TooLarge(cause, limit)


def _start(column: dict[int, Any]) -> int:
    """Where Arrow begins to read: at the dictionary, which comes before the data."""
    dictionary, data = column.get(DICTIONARY_OFFSET, 0), _natural(column, DATA_OFFSET)
    return dictionary if 0 < dictionary < data else data


def _page(body: bytes, position: int) -> _Page:
    reader = StructReader(body, position, HEADER_PARTS)
    header = reader.struct(HEADER)
    data = header.get(DATA) or header.get(DATA_V2)
    values = 0 if data is None else _natural(data, VALUES)
    unpacked = _natural(header, UNPACKED)
    if data is not None and DELTA_BYTE_ARRAY in (data.get(ENCODING), data.get(ENCODING_V2)):
        unpacked *= max(values, 1)
    dictionary = _natural(header[DICTIONARY], VALUES) if DICTIONARY in header else 0
    end = reader.position + _natural(header, PACKED)
    if end > len(body):
        raise Malformed
    return _Page(values, dictionary, unpacked, end)


def _natural(fields: dict[int, Any], field: int) -> int:
    number = fields.get(field, -1)
    if number < 0:
        raise Malformed
    return number
