"""Pages of a Parquet file: what they unpack to, before they are unpacked.

The footer has whatever sizes the sender wrote, and Arrow does not compare them with the pages. It allocates memory by
the headers of the pages, one after the other as here.
"""

from typing import Any, NamedTuple

from custom_model.server.errors import TooLarge
from custom_model.server.parquet_shapes import usual_chunk, usual_page
from custom_model.server.thrift import I32, I64, Malformed, StructReader, Structs

# Fields of parquet.thrift.
FILE_ROWS, ROW_GROUPS = 3, 4
COLUMNS, ROWS = 1, 3
COLUMN = 3
VALUES_OF_CHUNK, DATA_OFFSET, DICTIONARY_OFFSET = 5, 9, 11
KIND, UNPACKED, PACKED, DATA, DICTIONARY, DATA_V2 = 1, 2, 3, 5, 7, 8
VALUES, ENCODING, ENCODING_V2 = 1, 2, 4
PART_OF_KIND = {0: DATA, 2: DICTIONARY, 3: DATA_V2}  # a page may have the header of another kind as well
# Arrow cannot keep dictionaries beside texts of these encodings. In the second each text repeats the beginning of the
# one before, so that a few bytes can stand for a megabyte.
DELTA_LENGTH_BYTE_ARRAY, DELTA_BYTE_ARRAY = 6, 7
EXPANDING = (DELTA_LENGTH_BYTE_ARRAY, DELTA_BYTE_ARRAY)

CHUNK = {COLUMN: {VALUES_OF_CHUNK: I64, DATA_OFFSET: I64, DICTIONARY_OFFSET: I64}}
HEADER = {
    KIND: I32,
    UNPACKED: I32,
    PACKED: I32,
    DATA: {VALUES: I32, ENCODING: I32},
    DICTIONARY: {VALUES: I32},
    DATA_V2: {VALUES: I32, ENCODING_V2: I32},
}
HEADER_PARTS = 200  # about thirty are in use
MAX_PAGES = 20_000  # 1,000 rows of 657 columns have 1,314
MAX_DICTIONARY = 10_000  # values of one dictionary
LEAST_BATCH = 8  # rows; reading one by one would take seconds


class Layout(NamedTuple):
    """How to read the columns of a file within the limits.

    Attributes
    ----------
    expanding : frozenset of int
        Places of columns whose texts are read without their dictionaries, each in full.
    batch_rows : int
        Rows to read at once, so that these texts stay within the limit of bytes.
    """

    expanding: frozenset[int]
    batch_rows: int


class _Page(NamedTuple):
    values: int  # rows of a data page, 0 of any other
    dictionary: int  # values of a dictionary
    unpacked: int  # bytes
    is_expanding: bool
    end: int  # where the next page begins


class PageCheck:
    """Adds up the pages of a file without nested columns.

    Parameters
    ----------
    body : bytes
        The file.
    max_rows, max_bytes : int
        Limits of rows, and of unpacked bytes.
    """

    def __init__(self, body: bytes, max_rows: int, max_bytes: int):
        self._body = body
        self._max_rows = max_rows
        self._max_bytes = max_bytes
        self._rows = self._pages = self._unpacked = self._expanding_bytes = self._read = 0
        self._expanding: set[int] = set()

    def layout(self, footer_bytes: int, columns: int) -> Layout:
        """The layout of a file of so many columns, whose footer has so many bytes.

        Raises `TooLarge` for more rows or unpacked bytes than the limit, `Malformed` for pages that do not lie in the
        body, or that have other rows than the footer says.
        """
        row_group = {COLUMNS: Structs(CHUNK, columns, _usual_chunk), ROWS: I64}
        reader = StructReader(self._body, len(self._body) - 8 - footer_bytes, footer_bytes)
        footer = reader.struct({FILE_ROWS: I64, ROW_GROUPS: Structs(row_group)})
        for group in footer.get(ROW_GROUPS, ()):
            rows = _natural(group, ROWS)
            if any(self._chunk(*chunk) != rows for chunk in enumerate(group.get(COLUMNS, ()))):
                raise Malformed
            self._rows += rows
            self._check_rows(0)
        if self._rows != footer.get(FILE_ROWS):
            raise Malformed
        batch_rows = min(self._max_rows + 1, self._max_bytes // max(self._expanding_bytes, 1))
        if batch_rows < min(self._max_rows, LEAST_BATCH):
            raise too_many_bytes(self._max_bytes)
        return Layout(frozenset(self._expanding), batch_rows)

    def _chunk(self, place: int, chunk: dict[int, Any]) -> int:
        """The rows of a column in a row group, whose pages are counted as Arrow reads them."""
        column = chunk.get(COLUMN, {})
        values, position, rows, unpacked, is_expanding = _natural(column, VALUES_OF_CHUNK), _start(column), 0, 0, False
        while rows < values:
            page = _page(self._body, position)
            self._read += page.end - position
            if self._read > len(self._body):  # pages overlap: Arrow would unpack the same bytes again and again
                raise Malformed
            position = page.end
            rows += page.values
            unpacked += page.unpacked
            is_expanding |= page.is_expanding
            self._pages += 1
            self._check_rows(rows)
            if self._unpacked + unpacked > self._max_bytes:
                raise too_many_bytes(self._max_bytes)
            if self._pages > MAX_PAGES:
                raise TooLarge("the Parquet file has too many pages", MAX_PAGES)
            if page.dictionary > MAX_DICTIONARY:
                raise TooLarge("a dictionary of the Parquet file has too many values", MAX_DICTIONARY)
        if rows != values:
            raise Malformed
        self._unpacked += unpacked
        if is_expanding:
            self._expanding.add(place)
            self._expanding_bytes += unpacked
        return rows

    def _check_rows(self, more: int) -> None:
        if self._rows + more > self._max_rows:
            raise TooLarge("too many applications in one request", self._max_rows)


def too_many_bytes(limit: int) -> TooLarge:
    """The error for a body that unpacks to more bytes than the limit."""
    return TooLarge("the body has too many bytes when unpacked", limit)


def _start(column: dict[int, Any]) -> int:
    """Where Arrow begins to read: at the dictionary, which comes before the data."""
    dictionary, data = column.get(DICTIONARY_OFFSET, 0), _natural(column, DATA_OFFSET)
    return dictionary if 0 < dictionary < data else data


def _usual_chunk(body: bytes, position: int) -> tuple[dict[int, Any], int] | None:
    chunk = usual_chunk(body, position)
    if chunk is None:
        return None
    column = {VALUES_OF_CHUNK: chunk.values, DATA_OFFSET: chunk.data}
    if chunk.dictionary is not None:
        column[DICTIONARY_OFFSET] = chunk.dictionary
    return {COLUMN: column}, chunk.end


def _page(body: bytes, position: int) -> _Page:
    usual = usual_page(body, position)
    if usual is not None and usual.end + usual.packed <= len(body):
        rows, levels = (0, usual.values) if usual.encoding is None else (usual.values, 0)
        return _Page(rows, levels, usual.unpacked, usual.encoding in EXPANDING, usual.end + usual.packed)
    reader = StructReader(body, position, HEADER_PARTS)
    header = reader.struct(HEADER)
    end = reader.position + _natural(header, PACKED)
    if end > len(body):
        raise Malformed
    part = PART_OF_KIND.get(_natural(header, KIND))
    if part is None:
        return _Page(0, 0, _natural(header, UNPACKED), False, end)
    details = header.get(part, {})
    values = _natural(details, VALUES)
    encoding = details.get(ENCODING_V2 if part == DATA_V2 else ENCODING)
    is_expanding = encoding in EXPANDING
    rows, levels = (0, values) if part == DICTIONARY else (values, 0)
    return _Page(rows, levels, _natural(header, UNPACKED), is_expanding, end)


def _natural(fields: dict[int, Any], field: int) -> int:
    number = fields.get(field, -1)
    if number < 0:
        raise Malformed
    return number
