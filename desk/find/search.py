"""What a person looks for: a decision, a client's decisions, or the latest ones under some conditions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, true

from custom_model.costs import OUTCOMES
from custom_model.decision_log.reader import window
from custom_model.decision_log.schema import decisions, is_referred
from custom_model.decision_log.second_decisions import awaiting
from custom_model.texts import is_identity

A_DAY = timedelta(days=1)
LAST_DAY = datetime.max.replace(tzinfo=UTC) - A_DAY  # from which on there is no day after


@dataclass(frozen=True)
class Search:
    """The conditions of a form or of a link, and the names of those that cannot be read.

    Attributes
    ----------
    decision, client, outcome, version, since, until : str
        As they were typed; empty: no condition. `since` and `until` are days, both included, or times in ISO 8601.
    waiting : bool
        Only decisions that a person has yet to answer.
    wrong : dict of str to str
        Of each condition that cannot be read the key of the sentence that says why.
    """

    decision: str = ""
    client: str = ""
    outcome: str = ""
    version: str = ""
    since: str = ""
    until: str = ""
    waiting: bool = False
    wrong: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "Search":
        """The search of these values; those of other names count for nothing."""
        names = ("decision", "client", "outcome", "version", "since", "until")
        texts = {name: given.get(name, "").strip() for name in names}
        client = texts["client"]
        wrong = {
            "decision": "find.wrong_id" if texts["decision"] and decision_id(texts["decision"]) is None else "",
            "client": "find.wrong_client" if client and not is_identity(client) else "",
            "since": "find.wrong_day" if _moment(texts["since"]) is None and texts["since"] else "",
            "until": "find.wrong_day" if _moment(texts["until"]) is None and texts["until"] else "",
        }
        return cls(
            **{**texts, "outcome": texts["outcome"] if texts["outcome"] in OUTCOMES else ""},
            waiting=bool(given.get("waiting")),
            wrong={name: key for name, key in wrong.items() if key},
        )

    @property
    def is_empty(self) -> bool:
        """Whether it has no condition."""
        return self == Search()

    def condition(self, model_name: str) -> ColumnElement[bool]:
        """The condition for the decisions looked for, in the database's words; a version is one of this model."""
        last = _moment(self.until)
        until = last + A_DAY if last is not None and _is_day(self.until) and last < LAST_DAY else last
        parts = [window(_moment(self.since), until)]
        parts += [decisions.c.client_id == self.client] if self.client else []
        parts += [_is(self.outcome)] if self.outcome else []
        parts += self._of_version(model_name) if self.version else []
        parts += [awaiting()] if self.waiting else []
        return and_(true(), *parts)

    def _of_version(self, model_name: str) -> list[ColumnElement[bool]]:
        """By expressions, which no index has, where few wait for a person: SQLite would read the version's first."""
        name, version = decisions.c.model_name, decisions.c.model_version
        if self.waiting:
            return [name + "" == model_name, version + "" == self.version]
        return [name == model_name, version == self.version]


def decision_id(text: str) -> str | None:
    """The id of a decision as records have it; None for a text that is none."""
    try:
        return str(UUID(text)) if len(text) in (32, 36) else None
    except ValueError:
        return None


def _is(outcome: str) -> ColumnElement[bool]:
    return is_referred(decisions) if outcome == "referred" else decisions.c.decision == outcome


def _is_day(text: str) -> bool:
    return len(text) == len("2026-03-01")


def _moment(text: str) -> datetime | None:
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    try:
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except OverflowError:
        return None
