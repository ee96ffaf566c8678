"""Rows of JSON values as Arrow columns, without a look at each value by itself."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from custom_model.arrow.applications import float64
from custom_model.contract import Contract

NUMBERS = pa.list_(pa.float64())
WHOLE = frozenset({int, type(None)})


class Cells:
    """A table of JSON values: rows of as many values as there are names.

    Attributes
    ----------
    names : sequence of str
        The columns' names, none twice.
    texts : dict of str to list
        The values of the client's id and of the categories, which are no longer in `rows`.
    """

    def __init__(self, contract: Contract, names: Sequence[str], rows: list[list]):
        self._contract = contract
        self._rows = rows
        self._places = [place for place, name in enumerate(names) if name not in contract.numeric_column_of]
        self.names = names
        self.texts = {names[place]: [row[place] for row in rows] for place in self._places}
        for row in rows:
            for place in self._places:
                row[place] = None

    def __len__(self) -> int:
        return len(self._rows)

    def dictionaries(self) -> list[dict]:
        """(rows,) the applications, field by field."""
        for place in self._places:
            for row, text in zip(self._rows, self.texts[self.names[place]], strict=True):
                row[place] = text
        return [dict(zip(self.names, row, strict=True)) for row in self._rows]

    def batch(self) -> pa.RecordBatch | None:
        """The columns; None where one has another type than the contract's, or a name that the contract lacks.

        A boolean would be a number here: whether there is any is to be found out before.
        """
        if not self._contract.names.issuperset(self.names):
            return None
        if not WHOLE.issuperset(map(type, [] if self._contract.id_is_text else self.texts.get(self._contract.id, []))):
            return None
        try:
            numbers = float64(pa.array(self._rows, NUMBERS).values)
            texts = {name: pa.array(each, self._kind(name)) for name, each in self.texts.items()}
        except (pa.ArrowException, OverflowError, TypeError, ValueError):
            return None
        columns = np.asfortranarray(numbers.reshape(len(self._rows), len(self.names)))
        arrays = [
            texts[name]
            if name in texts
            else pa.Array.from_buffers(pa.float64(), len(columns), [None, pa.py_buffer(each)])
            for name, each in zip(self.names, columns.T, strict=True)
        ]
        return pa.RecordBatch.from_arrays(arrays, [*self.names])

    def _kind(self, name: str) -> pa.DataType:
        return pa.int64() if name == self._contract.id and not self._contract.id_is_text else pa.string()
