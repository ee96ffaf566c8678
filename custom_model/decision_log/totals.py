"""Totals of many decisions by day: the database adds them up from an index, and reads none of the rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select, true

from custom_model.costs import Outcome
from custom_model.databases import dialect_of
from custom_model.decision_log.schema import decisions

Row = dict[str, Any]
NO_HISTORY = "none"  # the column `history` of a client without past loans
LISTED = ("decision_id", "decided_at", "decision", "probability_of_default", "model_version")


@dataclass(frozen=True, slots=True)
class Totals:
    """The decisions of a day (UTC) by one version, on histories of one source, with one outcome.

    `probability` is the sum of their probabilities of default, `cost` the sum of their expected costs by the costs that
    each was decided at, and `squares` that of those costs' squares. A decision that went to a person costs the review;
    where that has no cost it counts as the threshold alone would decide.
    """

    day: date
    version: str | None
    history: str
    decision: Outcome
    decisions: int
    probability: float
    cost: float
    squares: float


@dataclass(frozen=True, slots=True)
class Span:
    """A model's decisions from the day `first` to the day `last` (UTC), and of those which: None for any.

    `has_history`: whether the client's past loans were known, by the request or by the store.
    """

    model_name: str
    first: date | None = None
    last: date | None = None
    version: str | None = None
    has_history: bool | None = None
    decision: Outcome | None = None

    def condition(self, connection: Connection) -> ColumnElement[bool]:
        """As SQL that the index of this connection's database serves."""
        table = decisions.c
        days = dialect_of(connection.engine.url).in_days(table.decided_at, self.first, self.last)
        asked = (
            (table.model_version == self.version, self.version),
            (table.decision == self.decision, self.decision),
            (_has_history(self.has_history is True), self.has_history),
        )
        return and_(table.model_name == self.model_name, days, *(which for which, value in asked if value is not None))


def by_day(connection: Connection, span: Span) -> list[Totals]:
    """The totals of a span, the earliest day first; the index `decisions_watched` has all that they take."""
    table, cost = decisions.c, _expected_cost()
    groups = _day(connection), table.model_version, table.history, table.decision
    sums = func.count(), func.sum(table.probability_of_default), func.sum(cost), func.sum(cost * cost)
    rows = connection.execute(select(*groups, *sums).where(span.condition(connection)).group_by(*groups)).all()
    found = (Totals(date.fromisoformat(str(day)), *rest) for day, *rest in rows)
    return sorted(found, key=lambda each: each.day)


def first_and_last_day(connection: Connection, model_name: str) -> tuple[date, date] | None:
    """The days (UTC) of a model's first and last decision; None without one."""
    time, *_ = dialect_of(connection.engine.url).order_of(decisions.c.decided_at)
    own = select(_day(connection)).where(decisions.c.model_name == model_name).limit(1)
    # Two queries: for both ends in one, the databases walk through the whole index.
    first, last = (connection.scalar(own.order_by(end)) for end in (time, time.desc()))
    return None if first is None else (date.fromisoformat(str(first)), date.fromisoformat(str(last)))


def listed(connection: Connection, span: Span, limit: int, before: str = "") -> Sequence[Row]:
    """Decisions without any data of a client, the newest first; `before` is the id of the last one of the page before.

    An id that is not on record has none before it.
    """
    time, identity = decisions.c.decided_at, decisions.c.decision_id
    rest: ColumnElement[bool] = true()
    if before:
        its_time = connection.scalar(select(time).where(identity == before))
        if its_time is None:
            return []
        span = replace(span, last=its_time.date())  # a bound that the index serves
        rest = or_(time < its_time, and_(time == its_time, identity < before))
    newest = [each.desc() for each in (*dialect_of(connection.engine.url).order_of(time), identity)]
    page = select(*(decisions.c[name] for name in LISTED)).where(span.condition(connection), rest)
    return [dict(row) for row in connection.execute(page.order_by(*newest).limit(limit)).mappings()]


def _has_history(has: bool) -> ColumnElement[bool]:
    history = decisions.c.history
    return history != NO_HISTORY if has else history == NO_HISTORY


def _day(connection: Connection) -> ColumnElement[Any]:
    return dialect_of(connection.engine.url).utc_day(decisions.c.decided_at).label("day")


def _expected_cost() -> ColumnElement[float]:
    table = decisions.c
    granted = table.cost_false_negative * table.probability_of_default
    refused = table.cost_false_positive * (1.0 - table.probability_of_default)
    by_threshold = case((table.probability_of_default >= table.threshold, refused), else_=granted)
    return case(
        (table.decision == "granted", granted),
        (table.decision == "refused", refused),
        else_=func.coalesce(table.cost_review, by_threshold),
    )
