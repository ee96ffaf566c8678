"""Applications from Arrow columns: a matrix, and the rows that must be judged one by one."""

from collections.abc import Sequence
from math import inf, nan
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from custom_model.applications import MAX_ID, Applications
from custom_model.contract import Contract
from custom_model.ranges import Extremes
from custom_model.texts import is_identity, is_storable

Row = dict[str, object]


class Read(NamedTuple):
    """Applications in columns.

    `applications` has a row for each row of the batch, `values` in Fortran order. `odd` is (rows,) booleans: those that
    may break the contract, whose matrix row is not to be used; each is for `validate`, which knows what to say.
    `extremes` are those of the values.
    """

    applications: Applications
    odd: np.ndarray
    extremes: Extremes


class Cells(NamedTuple):
    """What was sent, by column.

    `names` are the contract's that were sent. `values` is (rows, fields) in Fortran order: the numbers, NaN for all
    else. `texts` has the columns of categories and ids, in the order as sent; `has_one_order` is false where rows may
    have others. `odd` is (rows,) booleans: those with a number of another type.
    """

    names: frozenset[str]
    values: np.ndarray
    texts: dict[str, pa.Array]
    odd: np.ndarray
    has_one_order: bool = True


def read(contract: Contract, batch: pa.RecordBatch) -> Read:
    """Read the contract's fields from a batch; columns that the contract does not have are left out.

    A field without a column was not sent. A null, and NaN in a number, is missing and declared.
    """
    return judged(contract, cells_of_batch(contract, batch))


def cells_of_batch(contract: Contract, batch: pa.RecordBatch) -> Cells:
    """The cells of a batch; booleans, texts and all else in place of numbers make every row with a value odd."""
    kinds = dict(zip(batch.schema.names, batch.schema.types, strict=True))
    numeric = [name for name in contract.numeric if name in kinds]
    doubles = [name for name in numeric if kinds[name] == pa.float64()]
    values = np.full((batch.num_rows, len(contract.fields)), nan, order="F")
    if doubles and batch.num_rows:  # nearly all: at once they take half the time
        numbers = batch.select(doubles).to_tensor(null_to_nan=True, row_major=False).to_numpy()
        for place, name in enumerate(doubles):
            values[:, contract.column_of[name]] = numbers[:, place]
    odd = np.zeros(batch.num_rows, bool)
    for name in set(numeric).difference(doubles):
        if pa.types.is_floating(kinds[name]) or pa.types.is_integer(kinds[name]):
            values[:, contract.column_of[name]] = float64(batch.column(name))
        else:
            odd |= batch.column(name).is_valid().to_numpy(zero_copy_only=False)
    others = [name for name in kinds if name in contract.names and name not in contract.numeric_column_of]
    texts = {name: batch.column(name) for name in others}
    return Cells(contract.names.intersection(kinds), values, texts, odd)


def judged(contract: Contract, cells: Cells) -> Read:
    """Judge the cells by the contract; the matrix is theirs, completed with the codes of categories."""
    return _Judging(contract, cells).read()


def rows_of(contract: Contract, batch: pa.RecordBatch, rows: Sequence[int]) -> list[Row]:
    """Some rows as applications of requests, missing values as null."""
    known = batch.select([name for name in batch.schema.names if name in contract.names])
    taken = known.take(pa.array(rows, pa.int64())).to_pylist()
    return [{name: _plain(value) for name, value in row.items()} for row in taken]


def _plain(value: object) -> object:
    return None if isinstance(value, float) and value != value else value


class _Judging:
    """The matrix under construction, and the rows that are odd so far."""

    def __init__(self, contract: Contract, cells: Cells):
        self._contract = contract
        self._cells = cells
        self._values = cells.values
        self._rows = len(cells.values)
        self._odd = cells.odd.copy()
        self._unknown: dict[int, list[str]] = {}

    def read(self) -> Read:
        contract, names = self._contract, self._cells.names
        for name, column in self._cells.texts.items():
            if name in contract.codes:
                self._values[:, contract.column_of[name]] = self._codes(name, column)
        extremes = Extremes.of(self._values)
        for column in np.flatnonzero((extremes.lowest == -inf) | (extremes.highest == inf)):
            self._odd |= np.isinf(self._values[:, column])
        for name in contract.required:
            missing = np.isnan(self._values[:, contract.column_of[name]])
            missing[[row for row, unknown in self._unknown.items() if name in unknown]] = False
            self._odd |= missing
        if not self._cells.has_one_order:  # in which an answer has its unknown categories
            self._odd[[row for row, unknown in self._unknown.items() if len(unknown) > 1]] = True
        if not names >= contract.declared_by_request:
            self._odd[:] = True
        undeclared = contract.declared_history.difference(names)
        applications = Applications(
            self._ids(),
            self._values,
            {row: names for row, names in sorted(self._unknown.items()) if not self._odd[row]},
            {row: undeclared for row in range(self._rows)} if undeclared else {},
        )
        return Read(applications, self._odd, extremes)

    def _codes(self, name: str, column: pa.Array) -> np.ndarray:
        """(rows,) the codes of a category's levels, NaN where missing or unknown."""
        if not is_text(column.type):
            self._odd |= column.is_valid().to_numpy(zero_copy_only=False)
            return np.full(self._rows, nan)
        encoded = column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
        levels = encoded.dictionary.to_pylist()
        codes, rest = self._contract.codes[name], self._contract.rest_codes.get(name)
        code_of = np.array([codes.get(level, nan) for level in levels], np.float64)
        others = [place for place, level in enumerate(levels) if level is not None and level not in codes]
        indices = float64(encoded.indices)
        present = ~np.isnan(indices)
        places = np.where(present, indices, 0).astype(np.intp)
        for place in others:
            rows = np.flatnonzero(present & (places == place))
            if not is_storable(levels[place]):
                self._odd[rows] = True
            elif rest is not None:
                code_of[place] = rest
            else:
                for row in rows.tolist():
                    self._unknown.setdefault(row, []).append(name)
        return np.where(present, code_of[places], nan) if len(code_of) else np.full(self._rows, nan)

    def _ids(self) -> list[int | str | None]:
        """The clients' ids, None where there is none."""
        column = self._cells.texts.get(self._contract.id)
        if column is None or pa.types.is_null(column.type):
            return [None] * self._rows
        is_kind = is_text if self._contract.id_is_text else pa.types.is_integer
        if not is_kind(column.type):
            self._odd |= column.is_valid().to_numpy(zero_copy_only=False)
            return [None] * self._rows
        ids = column.to_pylist()
        is_one = is_identity if self._contract.id_is_text else _is_whole_id
        for row, each in enumerate(ids):
            if each is not None and not is_one(each):
                self._odd[row], ids[row] = True, None
        return ids


def _is_whole_id(number: int) -> bool:
    return abs(number) <= MAX_ID


def is_text(kind: pa.DataType) -> bool:
    """Whether a column has texts, which may be encoded by their distinct ones."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def float64(column: pa.Array) -> np.ndarray:
    """(rows,) a column of numbers as float64, NaN where null."""
    if column.type != pa.float64():
        column = column.cast(pa.float64(), safe=False)
    if not column.null_count:
        return column.to_numpy()
    bitmap, data = column.buffers()
    first, last = column.offset, column.offset + len(column)
    # A third of the time that Arrow's fill_null takes on a few thousand rows.
    valid = np.unpackbits(np.frombuffer(bitmap, np.uint8), count=last, bitorder="little")[first:]
    return np.where(valid, np.frombuffer(data, np.float64)[first:last], nan)


def ids_array(contract: Contract, ids: Sequence[int | str | None]) -> pa.Array:
    """Clients' ids as a column: texts, or whole numbers of 64 bits."""
    return pa.array(ids, pa.string() if contract.id_is_text else pa.int64())
