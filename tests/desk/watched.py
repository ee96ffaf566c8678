"""A decision log of many days, to be watched."""

from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import make_url

from custom_model.decision_log import DecisionLog
from custom_model.decision_log.record import Record
from tests.recorded import recorded

DAYS, A_DAY = 60, 30  # of the log, and decisions on each
CLIENT = "client-8812"


def of_days(model_name: str, last: date) -> list[Record]:
    """Decisions of each of sixty days."""
    return [row for each in range(DAYS) for row in of_day(model_name, last - timedelta(days=each))]


def of_day(model_name: str, day: date, count: int = A_DAY) -> list[Record]:
    """So many decisions of a day, two of three granted; version 2 decides on clients with past loans."""
    return [
        recorded(
            decided_at=datetime.combine(day, time(place % 24), UTC),
            client_id=CLIENT,
            model_name=model_name,
            model_version="1" if place % 2 else "2",
            cost_review=None,
            probability_of_default=0.3 if place % 3 == 2 else 0.03,
            decision="refused" if place % 3 == 2 else "granted",
            history="none" if place % 2 else "store",
        )
        for place in range(count)
    ]


def log_of(folder: Path, rows: list[Record]) -> str:
    """The URL of a new log with these records."""
    url = f"sqlite:///{folder / 'decisions.db'}"
    with closing(DecisionLog(make_url(url))) as log:
        log.submit(rows).result(60)
    return url
