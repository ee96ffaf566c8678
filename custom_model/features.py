"""From the contract's fields to the features that the booster was trained on."""

import numpy as np

from custom_model.contract import Contract
from custom_model.derived import available, derive


class Features:
    """The features of a model: the contract's fields, then what derives from them."""

    def __init__(self, contract: Contract):
        self.contract = contract
        self._groups = available(contract.numeric, contract.fields)
        self.derived = tuple(feature for group in self._groups for feature in group.features)
        self.names = [*contract.fields, *(feature.name for feature in self.derived)]
        self.categorical = [contract.position[name] for name in contract.categories]
        inputs = {name for group in self._groups for name in group.inputs}
        self._inputs = {name: contract.position[name] for name in sorted(inputs)}

    def matrix(self, values: np.ndarray) -> np.ndarray:
        """(rows, features) from the (rows, fields) of `Applications.values`, float64 in C order."""
        fields = values.shape[1]
        matrix = np.empty((len(values), len(self.names)))
        matrix[:, :fields] = values
        columns = {name: values[:, place] for name, place in self._inputs.items()}
        derive(self._groups, columns, matrix[:, fields:])
        return matrix
