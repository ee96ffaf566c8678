"""One application whose fields are in a known order: its values go to their places without their names."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from custom_model.applications import Applications, is_id, plain_numbers
from custom_model.contract import Contract
from custom_model.json_text import as_json
from custom_model.positions import in_order_of_record

Value: TypeAlias = int | float | str | None


@dataclass(frozen=True, slots=True)
class OneApplication:
    """A payload of one application, which keeps the contract: its values by position as sent, and as they were read."""

    by_position: tuple[Value | bool, ...]
    applications: Applications

    def __len__(self) -> int:
        return 1

    def requests(self) -> list[str]:
        """The application as JSON: what goes on record."""
        return [as_json(self.by_position)]


class FieldOrder:
    """The places of an application's values that are sent in one order of fields.

    Parameters
    ----------
    contract : Contract
        The fields, at least two; its id is none of them.
    names : sequence of str
        Of the contract, in the order of the values, and none twice.
    """

    def __init__(self, contract: Contract, names: Sequence[str]):
        sent = {*names}
        self._contract = contract
        self._by_position = in_order_of_record(contract, names)
        self._has_id = contract.id in sent
        self._left_out = [column for column, name in enumerate(contract.fields) if name not in sent]
        self._is_declared = contract.declared_by_request <= sent
        self._undeclared = contract.declared_history - sent

    def application(self, values: tuple[Value, ...]) -> OneApplication | None:
        """The application; None where it may break the contract, or has an unknown category.

        Values of numeric fields must be int, float or None.
        """
        by_position = self._by_position((*values, False))
        identity, *cells = by_position
        if not self._has_id:
            identity = None
        if not self._is_declared or not (identity is None or is_id(self._contract, identity)):
            return None
        for column in self._left_out:
            cells[column] = None
        numbers = plain_numbers(self._contract, cells)
        if numbers is None:
            return None
        applications = Applications([identity], numbers.reshape(1, -1), {})
        if self._undeclared:
            applications = replace(applications, undeclared={0: self._undeclared})
        return OneApplication(by_position, applications)
