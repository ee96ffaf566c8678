"""What came of an action: its sentence, the gate's checks, the record that it left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import mlflow
from mlflow.exceptions import MlflowException

from desk.models.checks import CheckRow, check_rows
from desk.models.orders import JUDGE, Kind
from desk.models.sentence import Sentence
from steps.ledger.records import CheckRecord, Event, Outcome, Record
from steps.tracking.search import newest_runs

EVENTS: Mapping[str, Event] = {
    Kind.approve: Event.approval,
    Kind.promote: Event.promotion,
    Kind.rollback: Event.rollback,
}
# Sentences for an exit status without a record of its own; any other is that of a command that was cut off.
ENDED = {0: "models.verdict.nothing", 1: "models.verdict.mistake", 2: "models.verdict.mistake"}
JUDGED = "gate.json"  # artifact of a promotion's run, a dry one's, too


@dataclass(frozen=True)
class Verdict:
    """The end of an action; `is_well` where it did what was asked for."""

    sentence: Sentence
    is_well: bool
    checks: list[CheckRow]
    record: int | None


def verdict(kind: str, version: str, status: int, since: datetime, records: Sequence[Record], name: str) -> Verdict:
    """What an action that ended with this exit status has come to.

    Parameters
    ----------
    kind, version, since
        What was done, with which version, from when on.
    records
        The ledger, newest first.
    name
        The model's name.
    """
    about = {"version": version}
    if kind == JUDGE and status in (0, 1):
        key = "models.verdict.would_pass" if status == 0 else "models.verdict.would_not_pass"
        return Verdict(Sentence(key, about), status == 0, _judged(name, version, since), None)
    record = _written(kind, version, since, records)
    if record is None or status not in (0, 1):
        key = ENDED.get(status, "models.verdict.cut_off")
        return Verdict(Sentence(key, about), status == 0, [], None if record is None else record.number)
    values = {**about, "missing": record.approvals, "replaced": record.replaced or ""}
    return Verdict(Sentence(_recorded(record), values), status == 0, check_rows(record.checks), record.number)


def _recorded(record: Record) -> str:
    """The key of the sentence for what a record says."""
    if record.outcome is Outcome.champion and record.replaced is None:
        return "models.verdict.first"
    return f"models.verdict.{record.outcome.name}{'_forced' if record.forced else ''}"


def _written(kind: str, version: str, since: datetime, records: Sequence[Record]) -> Record | None:
    """The record that the action left; the ledger counts whole seconds."""
    start = since.replace(microsecond=0)
    its = (each for each in records if each.version == version and each.event is EVENTS.get(kind) and each.at >= start)
    return next(its, None)


def _judged(name: str, version: str, since: datetime) -> list[CheckRow]:
    """The checks of a dry run, which no record has; empty where its run cannot be read."""
    own = f"tags.model_name = '{name}' and tags.version = '{version}'"
    started = f"attributes.start_time >= {int(since.timestamp() * 1000)}"
    try:
        runs = newest_runs(f"tags.step = 'promote' and {own} and {started}", 1)
        checks: list[Mapping[str, Any]] = _artifact(runs[0].info.run_id) if runs else []
    except (MlflowException, OSError, ValueError):
        return []
    return check_rows(CheckRecord.model_validate(each) for each in checks)


def _artifact(run_id: str) -> list[Mapping[str, Any]]:
    return mlflow.artifacts.load_dict(f"runs:/{run_id}/{JUDGED}")  # type: ignore[return-value]  # a list, as it is logged
