"""A client whom the stores know: the last application on record, and past loans in the history store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from custom_model.applications import validate
from custom_model.decision_log.reader import Records
from custom_model.decision_log.schema import decisions
from custom_model.errors import Unavailable
from custom_model.history.store import HistoryStore
from desk.access.people import Person
from desk.decide.inputs import as_filled, left_out
from desk.decision_log import decision_log
from desk.language.catalogue import say
from desk.language.field_words import label
from desk.language.languages import Language, day
from desk.looks import look
from desk.served import Version
from desk.settings import DeskSettings


@dataclass(frozen=True)
class KnownClient:
    """What the stores know of a client.

    Attributes
    ----------
    filled : mapping of str to str
        The form's values of the last application on record; empty without one.
    left_out : sequence of str
        Fields of that application whose values today's form cannot show.
    at : datetime or None
        When that was decided.
    has_log : bool
        Whether there is a log that it could be in.
    past_loans : str
        The key of the sentence about them.
    """

    filled: Mapping[str, str]
    left_out: Sequence[str]
    at: datetime | None
    has_log: bool
    past_loans: str

    def notes(self, language: Language) -> list[str]:
        """The same as sentences."""
        notes = [say(language, self.past_loans)]
        if self.left_out:
            names = ", ".join(label(name, language) for name in self.left_out)
            notes.insert(0, say(language, "decide.left_out", names=names))
        if self.at is not None:
            return [say(language, "decide.filled", on=day(self.at, language)), *notes]
        return [say(language, "decide.not_on_record"), *notes] if self.has_log else notes


def known_client(settings: DeskSettings, person: Person, version: Version, client: int | str) -> KnownClient:
    """What the stores know of this client, once the look is on record."""
    filled, dropped, at = dict[str, str](), list[str](), None
    if settings.decision_log:
        with decision_log(settings) as log:
            look(log, person, "client", None, str(client))
            fields, at = _last_application(log, str(client))
        if at is not None:
            filled, dropped = as_filled(version, fields, at.date()), left_out(version, fields)
    return KnownClient(filled, dropped, at, bool(settings.decision_log), _past_loans(settings, version, client))


def _last_application(log: Records, client: str) -> tuple[dict[str, Any], datetime | None]:
    """The fields of the client's last application that is not erased, and when it was decided; none without one."""
    newest = log.latest((decisions.c.client_id == client) & decisions.c.erased_at.is_(None), 1)
    record = log.find(newest[0]["decision_id"]) if newest else None
    if record is None or record["fields"] is None:
        return {}, None
    return record["fields"], record["decided_at"]


def _past_loans(settings: DeskSettings, version: Version, client: int | str) -> str:
    """The key of the sentence that says whether the history store has past loans of a client."""
    if not settings.history_store:
        return "decide.no_store"
    applications, _ = validate(version.contract, [{version.contract.id: client}], is_simulation=True)
    try:
        sources = _store(settings.history_store).complete(version.contract, applications).sources
    except Unavailable:
        return "decide.store_away"
    return "decide.past_loans" if sources == ["store"] else "decide.no_past_loans"


@cache
def _store(uri: str) -> HistoryStore:
    """The history store at this URI, with its connections."""
    return HistoryStore(uri)
