"""Which contracts' orders are on record, as the log's writer knows it."""

import logging
from time import monotonic

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, ProgrammingError

from custom_model.contract import Contract
from custom_model.databases import dialect_of, display_url
from custom_model.decision_log.contracts import APPLICATIONS, put
from custom_model.decision_log.record import Record
from custom_model.positions import has_no_names, named_text, prefixes_of

LOOK_EVERY = 1.0  # seconds: a backup that is restored beneath a server may lack a contract

log = logging.getLogger(__name__)


class OrdersOnRecord:
    """Puts each contract's order on record, durable before the first record that has its values by position."""

    def __init__(self) -> None:
        self._looks: dict[str, tuple[float, bool]] = {}  # by digest: when it looked, and whether the order was there

    def forget(self) -> None:
        """Look again: the database may be another one now."""
        self._looks.clear()

    def storable(self, engine: Engine, contract: Contract | None, records: list[Record]) -> list[Record]:
        """The records as they may be written now: by name where the order of their contract is not on record.

        Raises `DBAPIError` where the database cannot be written; without a right on its table, records go by name.
        """
        if contract is None or self._has(engine, contract):
            return records
        prefixes = prefixes_of(contract.order)
        return [{**record, **_by_name(prefixes, record)} for record in records]

    def _has(self, engine: Engine, contract: Contract) -> bool:
        now = monotonic()
        looked_at, was_there = self._looks.get(contract.digest, (-LOOK_EVERY, True))
        if now - looked_at < LOOK_EVERY:
            return was_there
        is_there = _is_put(engine, contract)
        if was_there and not is_there:
            log.error(
                "records take five times their room in %s: its role lacks rights on the table contracts, or that has "
                "another order of this contract",
                display_url(engine.url),
            )
        self._looks[contract.digest] = now, is_there
        return is_there


def _is_put(engine: Engine, contract: Contract) -> bool:
    """Whether this order is on record now; False for another one, and without a right on the table."""
    try:
        try:
            return _put(engine, contract)
        except IntegrityError:
            return _put(engine, contract)  # another process has put one there meanwhile
    except ProgrammingError as error:
        if not dialect_of(engine.url).is_forbidden(error):
            raise
        return False


def _put(engine: Engine, contract: Contract) -> bool:
    with dialect_of(engine.url).transaction(engine) as connection:
        return put(connection, contract)


def _by_name(prefixes: list[str], record: Record) -> Record:
    return {name: named_text(prefixes, record[name]) for name in APPLICATIONS if has_no_names(record[name])}
