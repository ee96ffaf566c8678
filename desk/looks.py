"""Looks at clients' data: each is on record before the data leave the desk."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from custom_model.decision_log.reader import Records
from desk.access.people import Person
from desk.problems import Problem
from desk.settings import DeskSettings
from steps.traffic.log import opened_log

What = Literal["decision", "letter", "client", "history"]


@contextmanager
def records(settings: DeskSettings) -> Iterator[Records]:
    """The decision log; raises `Problem` where the desk has none, `UserError` where it cannot be read."""
    if not settings.decision_log:
        raise Problem("log.absent")
    with opened_log(settings.decision_log) as (opened, _):
        yield opened


def look(records: Records, person: Person, what: What, decision_id: str | None, client_id: str | None) -> None:
    """Put a look on record."""
    records.add_look(person.name, person.role, what, decision_id, client_id)
