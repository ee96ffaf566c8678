"""What is true now, in a sentence or two: which version decides, since when and by whom, and which one waits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from desk.models.standing import Model
from steps.ledger.records import Event, Record

BY = {Event.promotion: "promoted", Event.approval: "approved", Event.rollback: "brought_back", Event.found: "found"}


@dataclass(frozen=True)
class Sentence:
    """A key of the catalogue with its values; `at` is the moment that its {day} is of."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    at: datetime | None = None


def true_now(model: Model) -> list[Sentence]:
    """The sentences at the head of the page, in their order."""
    if not model.versions:
        return [Sentence("models.now.no_version", {"model": model.name})]
    sentences = [_who_decides(model)]
    if model.waiting is not None:
        sentences.append(_who_waits(model.waiting, len(model.approved_by)))
    return sentences


def _who_decides(model: Model) -> Sentence:
    champion, move = model.champion, model.move
    if champion is None:
        return Sentence("models.now.no_champion")
    if move is None or move.version != champion:
        return Sentence("models.now.not_on_record", {"version": champion})
    key = f"models.now.{BY[move.event]}"
    return Sentence(key, {"version": champion, "who": move.who}, move.at)


def _who_waits(waiting: Record, approved: int) -> Sentence:
    missing = waiting.approvals - approved
    forced = "forced" if waiting.forced else "passed"
    key = f"models.now.waits_{forced}_{'one' if missing == 1 else 'more'}"
    return Sentence(key, {"version": waiting.version, "who": waiting.who, "missing": missing}, waiting.at)
