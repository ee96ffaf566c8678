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
        self._looked: dict[str, tuple[float, bool]] = {}  # when, and whether it is there, by digest
        self._is_failing = False

    def forget(self) -> None:
        """Look again: the database may be another one now."""
        self._looked.clear()

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
        looked_at, is_there = self._looked.get(contract.digest, (-LOOK_EVERY, False))
        if now - looked_at < LOOK_EVERY:
            return is_there
        try:
            with dialect_of(engine.url).transaction(engine) as connection:
                is_there = put(connection, contract)
        except IntegrityError:
            is_there = True  # another process has just put it there
        except ProgrammingError as error:
            if not dialect_of(engine.url).is_forbidden(error):
                raise
            is_there = False
        self._log(engine, is_there)
        self._looked[contract.digest] = now, is_there
        return is_there

    def _log(self, engine: Engine, is_there: bool) -> None:
        if not is_there and not self._is_failing:
            log.error(
                "records take five times their room in %s: its role lacks rights on the table contracts, or that has "
                "another order of this contract",
                display_url(engine.url),
            )
        self._is_failing = not is_there


def _by_name(prefixes: list[str], record: Record) -> Record:
    return {name: named_text(prefixes, record[name]) for name in APPLICATIONS if has_no_names(record[name])}
