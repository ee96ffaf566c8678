"""A Parquet body: its columns as the file holds them, read only where schema and pages are within the limits.

Nothing else in the file is followed: neither pandas' metadata, which may hide a column in an index, nor the footer's
sizes.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import partial

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from custom_model.applications import DUPLICATE_COLUMN, UNKNOWN_FIELD
from custom_model.arrow.applications import cells_of_batch, is_text
from custom_model.arrow.columns import Columns
from custom_model.arrow.payloads import payloads
from custom_model.contract import Contract
from custom_model.errors import BadRequest, Problem, Unavailable, first_problems, shorten
from custom_model.server.errors import TooLarge
from custom_model.server.parquet_pages import PageCheck, too_many_bytes
from custom_model.server.settings import Settings
from custom_model.texts import MAX_CHARACTER_BYTES, MAX_TEXT_LENGTH, STORABLE

FOOTER_BYTES = 512 * 1024  # of any file
FOOTER_BYTES_OF_FIELD = 2 * 1024  # 1,000 rows of 657 columns have 440 KB, with pandas' metadata
MORE_COLUMNS = 1_000  # that are unknown, and named in the answer; Arrow stops at a schema of more
MAGIC = b"PAR1"  # at the end, after four bytes of the footer's length

UNREADABLE = Problem(None, None, "the body is not Parquet that can be read")
NOT_SCALAR = "expected a column of numbers, strings or booleans"
INDEX = re.compile(r"__index_level_\d+__")
INDEX_COLUMN = f"{UNKNOWN_FIELD}: it is pandas' index; write the file with index=False"


def parse_parquet(body: bytes, settings: Settings, contract: Contract) -> Columns:
    """Parse a body into its columns.

    Raises `BadRequest` for columns that are unknown, nested or doubled, or a file that cannot be read; `TooLarge` for
    more applications or unpacked bytes than the limit; `Unavailable` when memory is short.
    """
    with _errors_of_the_file():
        footer_bytes = _footer_bytes(body, contract)
        file = _open(body, contract)
        schema = file.schema_arrow  # made anew each time
        problems = first_problems(_problems_of_columns(schema, contract))
        if problems:
            raise BadRequest(problems)
        pages = PageCheck(body, settings.max_rows, settings.max_held_bytes)
        layout = pages.layout(footer_bytes, len(schema))
        if layout.expanding:
            file = _without_dictionaries(body, file, layout.expanding)
        table = _read(file, layout.batch_rows, settings)
        if table.num_rows != file.metadata.num_rows:
            raise BadRequest([UNREADABLE])
        batch = _batch(table)
        batch.validate(full=True)  # texts in UTF-8
    cells = cells_of_batch(contract, batch)
    return Columns(cells, partial(_frame, batch, contract), partial(payloads, contract, batch))


@contextmanager
def _errors_of_the_file() -> Iterator[None]:
    """What Arrow raises for a damaged file as a bad request, and a lack of memory as the server's own."""
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, NotImplementedError):
        # Also Arrow's own memory error: it comes from the sizes that a damaged file declares.
        raise BadRequest([UNREADABLE]) from None
    except MemoryError:
        raise Unavailable("the server is short of memory") from None


def _footer_bytes(body: bytes, contract: Contract) -> int:
    """Bytes of the footer, which grows many times over when it is read; raises `TooLarge` beyond any contract's."""
    size = int.from_bytes(body[-8:-4], "little")
    if not body.endswith(MAGIC) or size + 8 > len(body):
        raise BadRequest([UNREADABLE])
    most = FOOTER_BYTES + FOOTER_BYTES_OF_FIELD * len(contract.names)
    if size > most:
        raise TooLarge("the Parquet footer has too many bytes", most)
    return size


def _open(body: bytes, contract: Contract) -> pq.ParquetFile:
    """The file with its footer read; texts keep their dictionaries, or one of 3 MB would be copied for each row."""
    most_columns = len(contract.names) + MORE_COLUMNS
    try:
        return pq.ParquetFile(
            pa.BufferReader(body),
            pre_buffer=False,
            read_dictionary=range(len(contract.names)),
            thrift_container_size_limit=most_columns,
        )
    except MemoryError:
        raise
    except Exception as error:  # a type that pandas registers with Arrow raises anything at all
        if "Exceeded size limit" in str(error):
            raise TooLarge("the Parquet file has too many columns or row groups", most_columns) from None
        raise BadRequest([UNREADABLE]) from None


def _without_dictionaries(body: bytes, file: pq.ParquetFile, places: Collection[int]) -> pq.ParquetFile:
    """The file, with the texts of these columns in full."""
    others = [place for place in range(file.metadata.num_columns) if place not in places]
    return pq.ParquetFile(pa.BufferReader(body), metadata=file.metadata, pre_buffer=False, read_dictionary=others)


def _problems_of_columns(schema: pa.Schema, contract: Contract) -> Iterator[Problem]:
    for name, count in Counter(schema.names).items():
        if count > 1:
            yield Problem(None, shorten(name), DUPLICATE_COLUMN)
        if name not in contract.names:
            yield Problem(None, shorten(name), INDEX_COLUMN if INDEX.fullmatch(name) else UNKNOWN_FIELD)
    others = {kind for kind in set(schema.types) if not _is_scalar(kind)}
    for name, kind in zip(schema.names, schema.types, strict=True) if others else ():
        if name in contract.names and kind in others:
            yield Problem(None, shorten(name), NOT_SCALAR)


def _is_scalar(kind: pa.DataType) -> bool:
    tests = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_null)
    return _is_text(kind) or any(test(kind) for test in tests)


def _is_text(kind: pa.DataType) -> bool:
    return is_text(kind) or pa.types.is_string_view(kind)  # which is cast before anything else is done with it


def _read(file: pq.ParquetFile, batch_rows: int, settings: Settings) -> pa.Table:
    """All rows, whatever number of them the footer has, with texts in full and without metadata.

    Raises `TooLarge` for too many, or too many bytes of texts: one in a dictionary may stand for a megabyte of them.
    """
    batches: list[pa.RecordBatch] = []
    rows = text_bytes = 0
    # One thread: for so few rows a second one costs more than it saves.
    for batch in file.iter_batches(batch_rows, use_threads=False):
        rows += batch.num_rows
        if rows > settings.max_rows:
            raise TooLarge("too many applications in one request", settings.max_rows)
        text_bytes += _text_bytes(batch)
        if text_bytes > settings.max_held_bytes:
            raise too_many_bytes(settings.max_held_bytes)
        batches.append(_with_texts(batch))
    schema = batches[0].schema if batches else file.schema_arrow
    return pa.Table.from_batches(batches, schema).replace_schema_metadata(None)


def _text_bytes(batch: pa.RecordBatch) -> int:
    """Bytes of the batch's texts in full; raises `BadRequest` for a text that is too long to be recorded."""
    size, problems = 0, []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if not _is_text(column.type):
            continue
        texts = column.dictionary if pa.types.is_dictionary(column.type) else column
        if pa.types.is_string_view(texts.type):  # whose lengths Arrow does not compute
            texts = texts.cast(pa.string())
        lengths = pc.binary_length(texts)
        if (pc.max(lengths).as_py() or 0) > MAX_TEXT_LENGTH * MAX_CHARACTER_BYTES:
            problems.append(Problem(None, name, STORABLE))
            continue
        if pa.types.is_dictionary(column.type):
            lengths = lengths.take(column.indices)
        size += pc.sum(lengths).as_py() or 0
    if problems:
        raise BadRequest(problems)
    return size


def _with_texts(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with each text in place of its place in a dictionary."""
    names, columns = batch.schema.names, batch.columns
    for place, column in enumerate(columns):
        if pa.types.is_dictionary(column.type):
            columns[place] = column.cast(column.type.value_type)
        elif pa.types.is_string_view(column.type):
            columns[place] = column.cast(pa.string())
    return pa.RecordBatch.from_arrays(columns, names) if names else batch


def _batch(table: pa.Table) -> pa.RecordBatch:
    """The table in one piece; a table without columns has no rows."""
    (batch,) = table.combine_chunks().to_batches() or [pa.RecordBatch.from_pylist([], table.schema)]
    return batch


@_errors_of_the_file()
def _frame(batch: pa.RecordBatch, contract: Contract) -> pd.DataFrame:
    """The batch in pandas, where whole ids beside a missing one stay whole: a float may be the id of another."""
    frame = batch.to_pandas()
    if contract.id in frame and batch[contract.id].null_count:
        frame[contract.id] = batch[contract.id].to_pandas(integer_object_nulls=True)
    return frame
