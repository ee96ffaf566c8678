"""Looks at clients' data: each is on record before the data leave the desk."""

from typing import Literal

from custom_model.decision_log.reader import Records
from desk.access.people import Person

What = Literal["decision", "letter", "client", "history"]
LOOKS = 20  # the newest, that a page lists


def look(log: Records, person: Person, what: What, decision_id: str | None, client_id: str | None) -> None:
    """Put a look on record."""
    log.add_look(person.name, person.role, what, decision_id, client_id)
