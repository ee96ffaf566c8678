"""A list of decisions on record, each in a line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement

from custom_model.decision_log.reader import Records, Row
from custom_model.decision_log.second_decisions import NONE, SecondDecisions

MOST = 50  # lines of a list
COUNTED = 1_000  # decisions that a list counts: of a million, the rest would take longer than the list itself


@dataclass(frozen=True)
class Line:
    """One decision of a list.

    Attributes
    ----------
    stands : str
        Key of the words for where it stands: contested, waiting, or answered and how; empty where the model's decision
        holds.
    """

    decision_id: str
    decided_at: datetime
    decision: str
    probability: float
    version: str
    stands: str


@dataclass(frozen=True)
class Listing:
    """The newest decisions of a search, and the number of all, at most `COUNTED`."""

    lines: Sequence[Line]
    count: int

    @property
    def more(self) -> int:
        """The number of those that are not listed, at least where `is_counted` is false."""
        return self.count - len(self.lines)

    @property
    def is_counted(self) -> bool:
        return self.count < COUNTED


def listing(records: Records, where: ColumnElement[bool]) -> Listing:
    """The newest decisions under this condition, at most `MOST`."""
    rows = records.latest(where, MOST)
    second = records.second_decisions([row["decision_id"] for row in rows])
    count = len(rows) if len(rows) < MOST else records.count(where, COUNTED)
    return Listing([line_of(row, second) for row in rows], count)


def line_of(row: Row, second: Mapping[str, SecondDecisions]) -> Line:
    """The line of a record, beside what people put on record about it."""
    own = second.get(row["decision_id"], NONE)
    return Line(
        row["decision_id"],
        row["decided_at"],
        row["decision"],
        row["probability_of_default"],
        model_label(row),
        standing(row["decision"], own),
    )


def standing(decision: str, second: SecondDecisions) -> str:
    """The key of the words for where a decision stands, empty where nothing followed it."""
    if second.open_contest is not None:
        return "find.contested"
    if second.awaits(decision):
        return "find.waits"
    return f"find.answered_{second.overrides[-1]['outcome']}" if second.overrides else ""


def model_label(row: Row) -> str:
    """The model of a record, with its version where it is registered."""
    version = row["model_version"]
    return row["model_name"] if version is None else f"{row['model_name']}/{version}"
