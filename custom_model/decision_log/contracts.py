"""The orders of contracts on record: a record by position is readable for ever, without the model that made it."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Text, cast, insert, select

from custom_model.contract import Contract
from custom_model.decision_log.schema import contracts
from custom_model.json_text import as_json
from custom_model.positions import has_no_names, named, named_text, prefixes_of

APPLICATIONS = ("fields", "history_fields")  # columns of decisions, each by name or by position

Row = dict[str, Any]
Orders = Mapping[str, tuple[str, ...]]


class OrderLost(Exception):
    """Records cannot be read, since the order of their contract is not on record, as after half a restoration."""

    def __init__(self, digest: str):
        super().__init__(
            f"the table contracts lacks the order of {digest}, in which its records have their values: restore that "
            "table with the decisions, or delete its row of this contract, if it has another order there, and let a "
            "server of a version with this contract write to the log, which puts it there again"
        )
        self.digest = digest


def put(connection: Connection, contract: Contract) -> bool:
    """Put the order of a contract on record unless it is there; return whether the one on record is this one's.

    Raises `IntegrityError` where another process has put it there meanwhile.
    """
    found = connection.scalar(select(cast(contracts.c.names, Text)).where(contracts.c.contract == contract.digest))
    if found is None:
        names = as_json([*contract.order])
        connection.execute(insert(contracts).values(contract=contract.digest, names=names))
        return True
    return _order_in(found) == contract.order


def is_without_names(row: Row) -> bool:
    """Whether a row of decisions has an application without names."""
    return any(isinstance(row[name], list) for name in APPLICATIONS)


def with_names(connection: Connection, rows: list[Row]) -> list[Row]:
    """Whole rows of decisions, their applications as objects whether they are on record by name or by position.

    Raises `OrderLost`.
    """
    by_position = [row for row in rows if is_without_names(row)]
    orders = _orders(connection, {row["contract"] for row in by_position})
    for row in by_position:
        with _of(row["contract"]):
            order = orders[row["contract"]]
            row.update({name: named(order, row[name]) for name in APPLICATIONS if isinstance(row[name], list)})
    return rows


def texts_with_names(
    connection: Connection, digests: Sequence[str], texts: Sequence[str | None]
) -> Sequence[str | None]:
    """The JSON of applications by these contracts, as objects with the same texts of values; raises `OrderLost`."""
    found = [*texts]
    places: dict[str, list[int]] = {}
    for place, (digest, text) in enumerate(zip(digests, texts, strict=True)):
        if has_no_names(text):
            places.setdefault(digest, []).append(place)
    for digest, order in _orders(connection, places).items():
        prefixes = prefixes_of(order)
        with _of(digest):
            for place in places[digest]:
                found[place] = named_text(prefixes, found[place] or "")
    return found


@contextmanager
def _of(digest: str) -> Iterator[None]:
    """Values that are not as many as the names of their order raise `OrderLost`."""
    try:
        yield
    except ValueError:
        raise OrderLost(digest) from None


def _orders(connection: Connection, digests: Collection[str]) -> Orders:
    if not digests:
        return {}
    on_record = select(contracts.c.contract, cast(contracts.c.names, Text)).where(contracts.c.contract.in_(digests))
    orders = {digest: _order_in(names) for digest, names in connection.execute(on_record)}
    for digest in digests:
        if not orders.get(digest):
            raise OrderLost(digest)
    return orders


def _order_in(text: str) -> tuple[str, ...]:
    """The names of an order on record, none where that is damaged."""
    try:
        names = json.loads(text)
    except ValueError:
        return ()
    return tuple(names) if isinstance(names, list) and all(isinstance(name, str) for name in names) else ()
