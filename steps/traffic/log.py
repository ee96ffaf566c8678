"""The decision log that a command works on, and the times that it is asked for."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime

from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

from custom_model.databases import dialect_of, display_url, driver_message
from custom_model.decision_log.contracts import OrderLost
from custom_model.decision_log.reader import NoLog, Records
from custom_model.environment import Environment
from steps.run.console import UserError

LOG = "DECISION_LOG_URI"  # variable of a served model's log


def log_url(log: str, is_new: bool = False) -> URL:
    """The URL of the log: the option's, else DECISION_LOG_URI; raise `UserError` if both are empty.

    Only a new log may have a file that does not exist.
    """
    variables = {LOG: log or os.environ.get(LOG, "")}
    try:
        url = Environment.read(variables).decision_log_uri
    except ValueError as error:
        raise UserError(str(error).replace(LOG, "log") if log else str(error)) from None
    if url is None:
        raise UserError(f"log: expected the URL of a decision log in --log or {LOG}, got neither")
    file = dialect_of(url).file(url)
    if file is not None and not (file.parent if is_new else file).exists():
        raise UserError(f"log: found no {'folder' if is_new else 'file'} {file.parent if is_new else file}")
    return url


def timestamp(option: str, text: str) -> datetime | None:
    """A day or time in ISO 8601, in UTC if it has no offset; None for an empty text."""
    if not text:
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(f"{option}: expected a day such as {date(2026, 1, 31)} or ISO 8601, got {text!r}") from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def period(since: str, until: str) -> tuple[datetime | None, datetime | None]:
    """Both times, of the options `since` and `until`; raise `UserError` where the first is not before the second."""
    first, last = timestamp("since", since), timestamp("until", until)
    if first is not None and last is not None and first >= last:
        raise UserError(f"until: expected a time after since {since}, got {until}")
    return first, last


@contextmanager
def opened_log(log: str) -> Iterator[tuple[Records, str]]:
    """The log of `log_url`, to read, and its name without a password; raise `UserError` where it cannot be used."""
    url = log_url(log)
    name = display_url(url)
    try:
        with closing(Records.open(url)) as records:
            yield records, name
    except NoLog:
        raise UserError(f"log: {name} has no decision log: a server creates it with its first decision") from None
    except OrderLost as error:
        raise UserError(f"log: {name}: {error}") from None
    except SQLAlchemyError as error:
        raise UserError(f"log: {name} cannot be read as a decision log: {driver_message(error)}") from None
