"""One application whose fields are in a known order: its values go to their places without their names."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any, TypeAlias

from custom_model.applications import Applications, is_id, plain_numbers
from custom_model.contract import Contract
from custom_model.json_text import as_json
from custom_model.positions import in_order_of_record

Value: TypeAlias = int | float | str | None


class FieldOrder:
    """The places of an application's values that are sent in one order of fields.

    Parameters
    ----------
    contract : Contract
        The fields, at least two.
    names : sequence of str
        Of the contract, in the order of the values, and none twice.
    """

    def __init__(self, contract: Contract, names: Sequence[str]):
        place_of = {name: place for place, name in enumerate(names)}
        absent = len(names)  # the place of what is put behind the values
        self._contract = contract
        self._cells = itemgetter(*[place_of.get(name, absent) for name in contract.fields])
        self._on_record = in_order_of_record(contract, names)
        self._id = place_of.get(contract.id)
        self._is_declared = contract.declared_by_request.issubset(names)
        self._undeclared = contract.declared_history.difference(names)

    def applications(self, values: tuple[Value, ...]) -> Applications | None:
        """The one application; None where it may break the contract, or has an unknown category.

        Values of numeric fields must be int, float or None.
        """
        identity: Any = None if self._id is None else values[self._id]
        if not self._is_declared or not (identity is None or is_id(self._contract, identity)):
            return None
        numbers = plain_numbers(self._contract, [*self._cells((*values, None))])
        if numbers is None:
            return None
        applications = Applications([identity], numbers.reshape(1, -1), {})
        return replace(applications, undeclared={0: self._undeclared}) if self._undeclared else applications

    def on_record(self, values: tuple[Value, ...]) -> str:
        """The JSON of a valid application by position."""
        return as_json([*self._on_record((*values, False))])


@dataclass(frozen=True, slots=True)
class OneApplication:
    """A payload of one application, which keeps the contract: its values as they were sent, and as they were read."""

    order: FieldOrder
    values: tuple[Value, ...]
    applications: Applications

    def __len__(self) -> int:
        return 1

    def requests(self) -> list[str]:
        """The application as JSON: what goes on record."""
        return [self.order.on_record(self.values)]
