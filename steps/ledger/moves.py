"""The records of a ledger that changed the champion, and the versions that they name."""

from collections.abc import Iterator
from itertools import takewhile

from steps.ledger.records import Event, Filed, Outcome, Record, filed, records


def moves(model_name: str) -> Iterator[tuple[Filed, Record]]:
    """The records that name a champion, newest first."""
    for each in filed(model_name):
        record = each.record
        if record is not None and record.outcome is Outcome.champion:
            yield each, record


def last_move(model_name: str) -> tuple[Filed, Record] | None:
    """The record that says who is champion; None in a ledger without one."""
    return next(moves(model_name), None)


def predecessor(model_name: str, move: Record) -> str | None:
    """The champion before the version of `move`: of a rollback, the one that its version itself had replaced.

    A second rollback then goes further back, not forth again.
    """
    if move.event is not Event.rollback:
        return move.replaced
    earlier = (record for _, record in moves(model_name) if record.number < move.number)
    came = (each for each in earlier if each.version == move.version and each.event is not Event.rollback)
    first = next(came, None)
    return None if first is None else first.replaced


def pending(model_name: str) -> Record | None:
    """The newest record of a version that waits for approval: none that is older than the champion.

    A version that has failed the gate since waits no longer, as its last judgement counts.
    """
    failed = set()
    for record in records(model_name):
        if record.outcome is Outcome.pending:
            return None if record.version in failed else record
        if record.outcome is Outcome.champion:
            return None
        if record.outcome is Outcome.refused:
            failed.add(record.version)
    return None


def approvers(model_name: str, waiting: Record) -> list[str]:
    """Who has approved a pending record, each once, in their order."""
    since = takewhile(lambda record: record.number > waiting.number, records(model_name))
    return list(dict.fromkeys([record.who for record in since if record.approves == waiting.number][::-1]))
