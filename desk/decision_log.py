"""The decision log, as the desk opens it for one request."""

from collections.abc import Iterator
from contextlib import contextmanager

from custom_model.decision_log.reader import Records
from desk.problems import Problem
from desk.settings import DeskSettings
from steps.traffic.log import opened_log


@contextmanager
def decision_log(settings: DeskSettings) -> Iterator[Records]:
    """The log's records; raises `Problem` where the desk has no log, `UserError` where it cannot be read."""
    if not settings.decision_log:
        raise Problem("log.absent")
    with opened_log(settings.decision_log) as (opened, _):
        yield opened
