"""The ledger of a model: a record of each attempt to change who decides, in the registry, each with its predecessor's
digest.

MLflow keeps no history of an alias, and has no compare-and-set. But it creates a name of a registered model once only,
whole with its tags, in a database or over HTTP: a record is a registered model without versions, whose reserved name
has its number. Of two who write the same number one succeeds, so that nobody acts on a state that another has changed.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from mlflow import MlflowClient
from mlflow.entities.model_registry import RegisteredModel
from mlflow.exceptions import MlflowException
from pydantic import BaseModel, ConfigDict, ValidationError

from steps.ledger.actor import acting
from steps.ledger.names import MOST_RECORDS, record_name, record_number
from steps.run.console import UserError
from steps.run.mlflow_errors import is_taken

RECORD, CARRIED_OUT = "record", "carried_out"  # tags of a record
PIECE = 4_000  # characters of a record in one tag: PostgreSQL keeps 5,000, and the record of a promotion has more
HEAD = "ledger.head"  # tag of the model: number and digest of its last record, so that a missing last one shows
NAMED_END = re.compile(r"([0-9]{1,6}) ([0-9a-f]{64})")
PURPOSE = "A record of the ledger of {}: `mlflow run . -e history` reads it. It must not be changed or deleted."
PAGE = 100


class Event(StrEnum):
    """What was attempted.

    `transfer`: a version was copied into another registry, and judged there; `found`: a champion without a record.
    """

    promotion = "promotion"
    approval = "approval"
    policy = "policy"
    rollback = "rollback"
    transfer = "transfer"
    found = "found"


class Outcome(StrEnum):
    """What came of it: only `champion` changes who decides."""

    champion = "champion"
    refused = "refused"
    pending = "pending"
    approved = "approved"
    registered = "registered"
    passed_there = "passed there"
    refused_there = "refused there"


class CheckRecord(BaseModel):
    """One check of the gate, as it was found."""

    model_config = ConfigDict(frozen=True)

    name: str
    passed: bool
    finding: str


class Entry(BaseModel):
    """What a command says of its attempt.

    Parameters
    ----------
    event : Event
        What was attempted.
    outcome : Outcome
        What came of it.
    version : str or None
        Number of the version that it is about; None only where a champion was found removed.
    artifacts : str
        Where the registry has that version's artifacts: one of the same number with others is another version, as
        after its model was deleted and created anew. Empty: not on record.
    replaced : str or None
        Number of the champion before it; None: there was none.
    reason : str
        Of a forced promotion, an approval or a rollback.
    forced : bool
        Whether a failed check was overruled.
    approves : int or None
        Number of the pending record that an approval is of.
    approvals : int
        Of a pending record: approvals that it waits for.
    checks : tuple[CheckRecord, ...]
        The checks of the gate in their order.
    figures : dict[str, float]
        The figures behind the checks, by metric name.
    data : dict[str, str]
        SHA-256 of the feature table and of the files that it was built from, by name.
    policy : str
        SHA-256 of policy.yaml's content.
    run : str
        Id of the run that has the details.
    commit : str
        Commit of the code; empty outside a repository.
    source : str
        Where the version came from: the version that a policy version was made from, or its URI in another registry.
    copy_of_it : str
        Of a transfer: the number of the copy, and the registry that has it.
    """

    model_config = ConfigDict(frozen=True, ser_json_inf_nan="strings")  # a figure that is none stays readable

    event: Event
    outcome: Outcome
    version: str | None
    artifacts: str = ""
    replaced: str | None = None
    reason: str = ""
    forced: bool = False
    approves: int | None = None
    approvals: int = 0
    checks: tuple[CheckRecord, ...] = ()
    figures: dict[str, float] = {}
    data: dict[str, str] = {}
    policy: str = ""
    run: str = ""
    commit: str = ""
    source: str = ""
    copy_of_it: str = ""


class Record(Entry):
    """An entry on record: its number from 1 on, the writer and the time (UTC), and the digest of the record before."""

    number: int
    who: str
    at: datetime
    before: str


@dataclass(frozen=True)
class Filed:
    """A record as the registry has it.

    Attributes
    ----------
    number
        Its number by its name.
    text
        The JSON that its digest is of.
    carried_out
        Whether aliases and stages follow it.
    """

    number: int
    text: str
    carried_out: bool

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def record(self) -> Record | None:
        """The record; None where the text is none of this number, as after a change by hand."""
        try:
            read = Record.model_validate_json(self.text)
        except ValidationError:
            return None
        return read if read.number == self.number else None


@dataclass(frozen=True)
class End:
    """Where a ledger ends: the number and the digest of its last record; 0 and empty without one."""

    number: int = 0
    digest: str = ""


def filed(model_name: str) -> Iterator[Filed]:
    """The records of a model, newest first."""
    client, token = MlflowClient(), None
    while True:
        page = client.search_registered_models(
            # A name's _ matches any character, and LIKE any case: `record_number` reads the model's own alone.
            filter_string=f"name LIKE '{record_name(model_name, '%')}'",
            max_results=PAGE,
            order_by=["name DESC"],
            page_token=token,
        )
        yield from (found for each in page if (found := _filed(each, model_name)) is not None)
        token = page.token
        if not token:
            return


def records(model_name: str) -> Iterator[Record]:
    """The records that can be read, newest first."""
    return (record for each in filed(model_name) if (record := each.record) is not None)


def named_end(model_name: str) -> End | None:
    """The end that the model's own tag names; None where it has none, or one that is no end."""
    found = NAMED_END.fullmatch(MlflowClient().get_registered_model(model_name).tags.get(HEAD, ""))
    return None if found is None else End(int(found[1]), found[2])


def end_of(model_name: str) -> End:
    """The end of a ledger, behind which the next record is written.

    Where the last records are missing it is the one that the model names: the next number would otherwise be that of a
    missing one, which would show no longer.
    """
    named = named_end(model_name)  # first: a record that is written in between is not missing
    last = next(filed(model_name), None)
    found = End() if last is None else End(last.number, last.digest)
    return named if named is not None and named.number > found.number else found


def append(model_name: str, entry: Entry, end: End) -> Record | None:
    """Write the entry behind this end of the ledger; None where another record was written there meanwhile."""
    if end.number >= MOST_RECORDS:
        raise UserError(
            f"the ledger of {model_name} is full: expected fewer than {MOST_RECORDS:,} records (delete the model's tag "
            f"{HEAD} where it was changed)"
        )
    record = Record(
        **dict(entry),
        number=end.number + 1,
        who=acting(),
        at=datetime.now(UTC).replace(microsecond=0),
        before=end.digest,
    )
    written = Filed(record.number, record.model_dump_json(), carried_out=False)
    client, name = MlflowClient(), record_name(model_name, f"{record.number:06d}")
    try:
        client.create_registered_model(name, _in_pieces(written.text), PURPOSE.format(model_name))
    except MlflowException as error:
        if not is_taken(error):
            raise
        # MLflow's client sends a request again whose answer was lost: the name may be taken by this record itself.
        if _text(client.get_registered_model(name).tags) != written.text:
            return None
    client.set_registered_model_tag(model_name, HEAD, f"{written.number} {written.digest}")
    return record


def enter(model_name: str, entry: Entry) -> Record:
    """Write an entry that changes nothing behind whatever record is the last."""
    while True:
        written = append(model_name, entry, end_of(model_name))
        if written is not None:
            return written


def carry_out(model_name: str, move: Record) -> None:
    """Mark a record whose aliases and stages have been set."""
    MlflowClient().set_registered_model_tag(record_name(model_name, f"{move.number:06d}"), CARRIED_OUT, "yes")


def _filed(model: RegisteredModel, model_name: str) -> Filed | None:
    number = record_number(model.name, model_name)
    if number is None:
        return None
    return Filed(number, _text(model.tags), CARRIED_OUT in model.tags)


def _in_pieces(text: str) -> dict[str, str]:
    """The tags of a record: `record`, `record.2` and so on, each a piece of its text."""
    pieces = [text[start : start + PIECE] for start in range(0, len(text), PIECE)]
    return {_piece(number): piece for number, piece in enumerate(pieces, 1)}


def _text(tags: Mapping[str, str]) -> str:
    text, number = "", 1
    while (piece := tags.get(_piece(number))) is not None:
        text, number = text + piece, number + 1
    return text


def _piece(number: int) -> str:
    return RECORD if number == 1 else f"{RECORD}.{number}"
