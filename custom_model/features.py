"""The booster's features, computed from the contract's fields."""

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from custom_model.contract import Contract
from custom_model.derived import available, derive, derive_row, missing_inputs, name_conflicts

# Rows: in so many pages the system would take longer for new memory than the features take. No multiple of 512, for
# which the numbers of a row share a few places of the processor's cache.
BLOCK = 10_000


class Features:
    """The features of a model: fields of the contract and features derived from them.

    Parameters
    ----------
    contract : Contract
        The fields.
    names : sequence of str, optional
        The features to compute, in the order of the matrix; by default all fields, then all derived features.

    Attributes
    ----------
    contract : Contract
        The fields.
    names : list of str
        The matrix's columns, in order.
    derived : tuple of Derived
        Those of `names` that are derived, in the order of `GROUPS`, with their topics.
    inputs : set of str
        The fields that any of the features is or derives from.
    categorical : list of int
        The matrix's columns that hold codes of a category.

    Raises
    ------
    ValueError
        For a name that is neither a field nor a feature that can be derived from the fields.
    """

    def __init__(self, contract: Contract, names: Sequence[str] | None = None):
        self.contract = contract
        groups = available(contract.numeric, contract.fields)
        possible = {*contract.fields, *(feature.name for group in groups for feature in group.features)}
        unknown = [] if names is None else [name for name in names if name not in possible]
        if unknown:
            raise ValueError(f"the contract gives no feature {', '.join(unknown)}")
        used = possible if names is None else set(names)
        self._groups = tuple(group for group in groups if not used.isdisjoint(f.name for f in group.features))
        derived = [feature for group in self._groups for feature in group.features]
        computed = [*contract.fields, *(feature.name for feature in derived)]
        self.names = computed if names is None else list(names)
        self.derived = tuple(feature for feature in derived if feature.name in used)
        self.categorical = [column for column, name in enumerate(self.names) if name in contract.categories]
        column_of = {name: column for column, name in enumerate(computed)}
        self._columns = None if names is None else np.array([column_of[name] for name in names], dtype=np.intp)
        self._width = len(computed)
        self._inputs = {name: contract.column_of[name] for group in self._groups for name in group.inputs}
        self._input_columns = np.array([*self._inputs.values()], dtype=np.intp)
        self.inputs = {*self._inputs, *(name for name in self.names if name in contract.column_of)}

    def matrix(self, values: np.ndarray) -> np.ndarray:
        """(rows, features) from the (rows, fields) of `Applications.values`, float64 in their order: C or Fortran.

        Raises `ValueError` for another number of fields than the contract's.
        """
        fields = values.shape[1]
        if fields != len(self.contract.fields):
            raise ValueError(
                f"expected the contract's {len(self.contract.fields)} fields, got {fields}: "
                "the applications were validated against another contract"
            )
        if len(values) > 1 and _has_whole_columns(values):
            return self._by_column(values, np.empty((len(values), len(self.names)), order="F"))
        computed = np.empty((len(values), self._width))
        computed[:, :fields] = values
        if len(values) == 1:
            numbers = dict(zip(self._inputs, values[0].take(self._input_columns), strict=True))
            derive_row(self._groups, numbers, computed[0, fields:])
        else:
            derive(self._groups, self._columns_of(values), computed[:, fields:])
        return computed if self._columns is None else computed.take(self._columns, axis=1)

    def _columns_of(self, values: np.ndarray) -> dict[str, np.ndarray]:
        """The columns that features derive from, by name."""
        return {name: values[:, column] for name, column in self._inputs.items()}

    def blocks(self, values: np.ndarray) -> Iterator[np.ndarray]:
        """The matrix of many rows in blocks of `BLOCK`, each in the memory of the one before where it can be."""
        memory = np.empty((BLOCK, len(self.names)), order="F") if _has_whole_columns(values) else None
        for start in range(0, len(values), BLOCK):
            block = values[start : start + BLOCK]
            yield self.matrix(block) if memory is None or len(block) < BLOCK else self._by_column(block, memory)

    def _by_column(self, values: np.ndarray, matrix: np.ndarray) -> np.ndarray:
        """Fill the matrix of many rows in Fortran order: the columns of `names` alone, each as a whole."""
        fields = values.shape[1]
        derived = np.empty((len(values), self._width - fields), order="F")
        derive(self._groups, self._columns_of(values), derived)
        for place, column in enumerate(range(self._width) if self._columns is None else self._columns.tolist()):
            matrix[:, place] = values[:, column] if column < fields else derived[:, column - fields]
        return matrix

    def unavailable(self) -> dict[str, str]:
        """The derived features that this contract does not allow, each with the reason."""
        conflicts = name_conflicts(self.contract.fields)
        missing = missing_inputs(self.contract.numeric, self.contract.fields)
        reasons = {name: _replacement(fields) for name, fields in conflicts.items()}
        return reasons | {name: self._lack(inputs) for name, inputs in missing.items()}

    def without(self, fields: Collection[str]) -> list[str]:
        """The names of the features that neither are nor derive from any of these fields."""
        barred = set(fields)
        for group in self._groups:
            if not barred.isdisjoint(group.inputs):
                barred.update(feature.name for feature in group.features)
        return [name for name in self.names if name not in barred]

    def _lack(self, inputs: Sequence[str]) -> str:
        """The reason of missing inputs: "no DAYS_BIRTH", or "needs a numeric DAYS_BIRTH" where the field is text."""
        text = [name for name in inputs if name in self.contract.categories]
        absent = [name for name in inputs if name not in self.contract.categories]
        reasons = [f"no {', '.join(absent)}"] if absent else []
        reasons += [f"needs a numeric {', '.join(text)}"] if text else []
        return ", ".join(reasons)


def _has_whole_columns(values: np.ndarray) -> bool:
    """Whether each column lies in one piece, as in Fortran order and in some rows of it."""
    return values.strides[0] == values.itemsize


def _replacement(fields: Sequence[str]) -> str:
    return f"its group is replaced by the field{'s' if len(fields) > 1 else ''} {', '.join(fields)}"
