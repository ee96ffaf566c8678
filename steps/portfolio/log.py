"""The decision log of a scoring: it can be written before anything is decided, and still has what was decided."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from custom_model.decision_log import DecisionLog
from custom_model.environment import Environment
from custom_model.errors import Unavailable
from steps.portfolio.parts import ids_of, is_whole, totals_of
from steps.portfolio.stores import LOG, stores_of
from steps.run.console import UserError, counted


@contextmanager
def writable_log() -> Iterator[DecisionLog]:
    """The log of DECISION_LOG_URI for the block; its tables are created where there are none.

    Raise `UserError` where it cannot be read and written.
    """
    log = DecisionLog.of(Environment.read(stores_of(record=True)))
    assert log is not None  # `stores_of` raises without one
    try:
        log.recorded([])
        yield log
    except Unavailable as error:
        cause = error.message.partition(":")[0]
        raise UserError(f"{LOG}: {cause}: check that it is there, writable for this user, and not busy") from None
    finally:
        log.close()


def check_log() -> None:
    """Raise `UserError` where no decision can go on record, before minutes of reading."""
    with writable_log():
        return


def forget_unrecorded(parts: Iterable[Path]) -> None:
    """Remove the parts that the log no longer has whole, as where it was replaced: they are decided again."""
    with writable_log() as log:
        lost = [part for part in parts if is_whole(part) and not log.recorded(ids := ids_of(part)) >= {*ids}]
    if lost:
        rows = counted(sum(totals_of(part).rows for part in lost), "application")
        print(f"  warning: the decision log lacks decisions that it had: {rows} are decided again")
    for part in lost:
        part.unlink()
