"""The booster's features, computed from the contract's fields."""

from collections.abc import Collection, Sequence

import numpy as np

from custom_model.contract import Contract
from custom_model.derived import available, derive, missing_inputs, name_conflicts


class Features:
    """The features of a model: fields of the contract and features derived from them.

    `names` are the matrix's columns in order; by default all fields, then all derived features. Raises
    `ValueError` for a name that is neither.
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
        self.categorical = [place for place, name in enumerate(self.names) if name in contract.categories]
        place = {name: column for column, name in enumerate(computed)}
        self._columns = None if names is None else np.array([place[name] for name in names], dtype=np.intp)
        self._width = len(computed)
        self._inputs = {name: contract.column_of[name] for group in self._groups for name in group.inputs}

    def matrix(self, values: np.ndarray) -> np.ndarray:
        """(rows, features) from the (rows, fields) of `Applications.values`, float64 in C order."""
        fields = values.shape[1]
        computed = np.empty((len(values), self._width))
        computed[:, :fields] = values
        columns = {name: values[:, place] for name, place in self._inputs.items()}
        derive(self._groups, columns, computed[:, fields:])
        return computed if self._columns is None else computed.take(self._columns, axis=1)

    def left_out(self) -> dict[str, str]:
        """The derived features that this contract cannot have, each with the reason."""
        conflicts = name_conflicts(self.contract.fields)
        missing = missing_inputs(self.contract.numeric, self.contract.fields)
        reasons = {name: f"named like its group's: {', '.join(taken)}" for name, taken in conflicts.items()}
        return reasons | {name: f"no {', '.join(absent)}" for name, absent in missing.items()}

    def without(self, fields: Collection[str]) -> list[str]:
        """The names of the features that neither are nor derive from any of these fields."""
        barred = set(fields)
        for group in self._groups:
            if not barred.isdisjoint(group.inputs):
                barred.update(feature.name for feature in group.features)
        return [name for name in self.names if name not in barred]
