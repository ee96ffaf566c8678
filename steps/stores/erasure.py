"""The erasure of a client's fields: a preview, and a question before what cannot be undone."""

import sys

from custom_model.decision_log.reader import Erasable, Records
from steps.run.console import UserError, counted, listed, progress
from steps.run.printable import named, printable

NAMED = 12  # fields in the preview; a record may have hundreds


def erase(records: Records, client: str | None, is_confirmed: bool) -> int:
    """Erase a client's fields, once confirmed; return the number of decisions, 0 where the answer is no.

    An empty id is that of records of older models, which accepted one. Raise `UserError` without a client, and where
    nobody can be asked. Where nothing is left to erase, nobody is asked: erasing again clears the database's files of
    what an earlier erasure had to leave.
    """
    if client is None:
        raise UserError("client: expected the id of the client whose fields to erase, got nothing")
    erasable = records.erasable(client)
    print(preview(client, erasable), file=sys.stderr)
    if (erasable.decisions or erasable.texts or erasable.answers) and not is_confirmed and not _is_agreed():
        print("nothing was erased")
        return 0
    with progress("erasing"):
        erased = records.erase(client)
    print(f"erased the fields of {counted(erased, 'decision')}; the decisions and their numbers stay")
    return erased


def preview(client: str, erasable: Erasable) -> str:
    """What an erasure deletes, and what stays."""
    if not (erasable.decisions or erasable.texts or erasable.answers):
        return f"  client {named(client)}: no decision has fields to erase"
    period = f"from {erasable.first:%Y-%m-%d} to {erasable.last:%Y-%m-%d}" if erasable.first and erasable.last else ""
    fields = [printable(name) for name in erasable.fields]
    lines = [f"  client {named(client)}: {counted(erasable.decisions, 'decision')} {period}".rstrip()]
    if erasable.decisions:
        lines.append(f"    deleted  the fields of the requests and of the history store: {listed(fields, NAMED)}")
    if erasable.alternatives:
        lines.append(f"    deleted  the alternatives offered with {counted(erasable.alternatives, 'decision')}")
    if erasable.texts:
        lines.append(f"    deleted  the words of {counted(erasable.texts, 'contest')} and answers of people")
    if erasable.answers:
        lines.append(f"    deleted  {counted(erasable.answers, 'answer')} kept for an Idempotency-Key")
    lines.append("    stays    the client's id, the decision with its numbers and reasons, model, time")
    lines.append("    not here the history store, backups and archived logs of the database")
    return "\n".join(lines)


def _is_agreed() -> bool:
    """Ask on the terminal; raise `UserError` without one."""
    if not sys.stdin.isatty():
        raise UserError("erase asks first, and here is no terminal to ask on: --yes erases without a question")
    print("  Erase them? This cannot be undone. [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
