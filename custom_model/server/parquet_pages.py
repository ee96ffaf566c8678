"""Pages of a Parquet file: what they unpack to, before they are unpacked.

The footer has whatever sizes the sender wrote, and Arrow does not compare them with the pages. It allocates memory by
the headers of the pages, one after the other as here.
"""

from dataclasses import dataclass

import pyarrow.parquet as pq

from custom_model.server.errors import TooLarge
from custom_model.server.thrift import Fields, Malformed, StructReader

# Fields of a page header, from parquet.thrift.
UNPACKED, PACKED, DATA, DICTIONARY, DATA_V2 = 2, 3, 5, 7, 8
VALUES, ENCODING, ENCODING_V2 = 1, 2, 4
DELTA_BYTE_ARRAY = 7  # each text repeats the beginning of the one before: a few bytes can stand for a megabyte

MAX_PAGES = 20_000  # 1,000 rows of 657 columns have 1,314
MAX_DICTIONARY = 10_000  # values of one dictionary


@dataclass(frozen=True, slots=True)
class _Page:
    values: int  # rows of a data page, 0 of any other
    dictionary: int  # values of a dictionary
    unpacked: int  # bytes
    end: int  # where the next page begins


def check_pages(body: bytes, metadata: pq.FileMetaData, max_rows: int, max_bytes: int) -> None:
    """Check the pages of a file without nested columns against the limits.

    Raises `TooLarge` for more rows or unpacked bytes than the limit, `Malformed` for pages that do not lie in the body,
    or that have other rows than the footer says.
    """
    rows = [0] * metadata.num_columns
    pages = unpacked = 0
    for group in range(metadata.num_row_groups):
        row_group = metadata.row_group(group)
        for place in range(row_group.num_columns):
            column = row_group.column(place)
            position, seen = _start(column), 0
            while seen < column.num_values:  # as Arrow counts
                page = _page(body, position)
                position = page.end
                pages += 1
                seen += page.values
                unpacked += page.unpacked
                if pages > MAX_PAGES:
                    raise TooLarge("the Parquet file has too many pages", MAX_PAGES)
                if rows[place] + seen > max_rows:
                    raise TooLarge("too many applications in one request", max_rows)
                if unpacked > max_bytes:
                    raise TooLarge("the body has too many bytes when unpacked", max_bytes)
                if page.dictionary > MAX_DICTIONARY:
                    raise TooLarge("a dictionary of the Parquet file has too many values", MAX_DICTIONARY)
            if seen != column.num_values or seen != row_group.num_rows:
                raise Malformed
            rows[place] += seen


def _start(column: pq.ColumnChunkMetaData) -> int:
    """Where Arrow begins to read: at the dictionary, which comes before the data."""
    dictionary = column.dictionary_page_offset
    return dictionary if dictionary and 0 < dictionary < column.data_page_offset else column.data_page_offset


def _page(body: bytes, position: int) -> _Page:
    if not 0 <= position < len(body):
        raise Malformed
    reader = StructReader(body, position)
    header = reader.struct()
    unpacked, packed = _integer(header, UNPACKED), _integer(header, PACKED)
    data = header.get(DATA, header.get(DATA_V2))
    values = _integer(data, VALUES) if isinstance(data, dict) else 0
    dictionary = header.get(DICTIONARY)
    end = reader.position + packed
    if end > len(body):
        raise Malformed
    if isinstance(data, dict) and data.get(ENCODING_V2 if DATA_V2 in header else ENCODING) == DELTA_BYTE_ARRAY:
        unpacked *= max(values, 1)
    return _Page(values, _integer(dictionary, VALUES) if isinstance(dictionary, dict) else 0, unpacked, end)


def _integer(fields: Fields, field: int) -> int:
    value = fields.get(field)
    if not isinstance(value, int) or value < 0:
        raise Malformed
    return value
