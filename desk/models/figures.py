"""A version as the pages compare it: data, figures with intervals, the gate's result, approvals; from its tags."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from mlflow.entities.model_registry import ModelVersion

from desk.models.checks import CheckRow, check_rows
from desk.models.standing import Model, Standing
from steps.ledger.records import Record
from steps.registry.version_record import GATE, REPORT

MOST_CANDIDATES = 3  # beside champion, previous and pending: a screen has room for no more


@dataclass(frozen=True)
class Figure:
    """A figure, and its 95 % interval where it has one."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Compared:
    """A version beside others.

    Attributes
    ----------
    number, standing, trained
        Its number, where it stands, and when it was registered.
    data, clients
        Name and digest of its training data, and the clients that the figures are of; None: not on record.
    is_held_out
        Whether the figures are of held-out clients, and not out of fold.
    figures
        `auc`, `cost`, `business_score`, `calibration_error` as far as they were measured.
    threshold
        From which probability on it refuses; None: not on record.
    failed, gate
        The checks that its last attempt at promotion failed, and the gate's result as its tag has it; empty: never
        judged.
    attempt
        The record of that attempt.
    approvals, approved_by
        Approvals that it waits for, 0 where it does not; who has given one.
    has_report
        Whether a report on it can be read.
    """

    number: str
    standing: Standing
    trained: datetime
    data: str
    clients: int | None
    is_held_out: bool
    figures: Mapping[str, Figure]
    threshold: float | None
    failed: list[CheckRow]
    gate: str
    attempt: Record | None
    approvals: int
    approved_by: list[str]
    has_report: bool


def compared(model: Model, number: str) -> Compared:
    """One version of the model."""
    version, attempt = model.versions[number], model.last_attempt(number)
    tags = version.tags
    part = "holdout" if "holdout_auc" in tags else "oof"
    is_waiting = model.waiting is not None and model.waiting.version == number
    return Compared(
        number=number,
        standing=model.standing(number),
        trained=trained_at(version),
        data=" ".join(each for each in (tags.get("data", ""), tags.get("data.digest", "")) if each),
        clients=_count(tags.get("holdout_clients" if part == "holdout" else "clients")),
        is_held_out=part == "holdout",
        figures=dict(_figures(tags, part)),
        threshold=_number(tags.get("threshold")),
        failed=[row for row in check_rows(attempt.checks if attempt else ()) if not row.passed],
        gate=tags.get(GATE, ""),
        attempt=attempt,
        approvals=model.waiting.approvals if is_waiting and model.waiting else 0,
        approved_by=list(model.approved_by) if is_waiting else model.approvers(number),
        has_report=REPORT in tags,
    )


def side_by_side(model: Model) -> list[Compared]:
    """Champion, previous, pending and the newest candidates, in this order; candidates older than all are left out."""
    named = [number for number in (model.champion, model.previous, model.pending) if number in model.versions]
    candidates = [each for each in model.versions if model.standing(each) is Standing.candidate]
    newer = [each for each in candidates if model.champion is None or int(each) > int(model.champion)]
    return [compared(model, number) for number in dict.fromkeys([*named, *newer[:MOST_CANDIDATES]]) if number]


def trained_at(version: ModelVersion) -> datetime:
    """When the version was registered, UTC."""
    return datetime.fromtimestamp(version.creation_timestamp / 1000, UTC)


def _figures(tags: Mapping[str, str], part: str) -> list[tuple[str, Figure]]:
    found = []
    for name in ("auc", "cost", "business_score", "calibration_error"):
        value = _number(tags.get(f"{part}_{name}"))
        if value is not None:
            low, _, high = tags.get(f"{part}_{name}_95", "").partition(" to ")
            found.append((name, Figure(value, _number(low), _number(high))))
    return found


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None  # a tag that somebody else has written


def _count(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None
