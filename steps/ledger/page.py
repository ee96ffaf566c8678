"""The ledger for the console: a line for each record, or one record whole."""

import json
from collections.abc import Sequence

from steps.ledger.records import Filed, Outcome, Record
from steps.run.console import counted
from steps.run.printable import printable

HEADER = ("no.", "when (UTC)", "who", "event", "version", "outcome", "why")
UNREADABLE = "changed: it cannot be read"


def as_table(records: Sequence[Filed]) -> str:
    """A line for each record, in the order given."""
    rows = [HEADER, *map(_row, records)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADER) - 1)]
    return "\n".join(
        "  ".join(["", *(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip()
        for row in rows
    )


def as_text(filed: Filed) -> str:
    """A record in words, then whole as indented JSON with its digest; as it stands where it is changed."""
    record = filed.record
    if record is None:
        return printable(filed.text)
    whole = json.dumps({**record.model_dump(mode="json"), "digest": filed.digest}, indent=2)
    return "\n".join([*_in_words(record), "", "  the record whole, for programs:", whole])


def _in_words(record: Record) -> list[str]:
    """What a person asks of a record: a line for each fact that it has, and for each check."""
    waits = f" for {counted(record.approvals, 'approval')}" if record.outcome is Outcome.pending else ""
    data = f"{counted(len(record.data), 'digest')}, below" if record.data else ""
    facts = {
        "record": f"{record.number}, {record.event} of version {record.version or 'none'}",
        "outcome": f"{record.outcome}{waits}{', forced' if record.forced else ''}",
        "when": f"{record.at:%Y-%m-%d %H:%M:%S} UTC",
        "who": record.who,
        "champion before": f"version {record.replaced}" if record.replaced else "",
        "approves": f"record {record.approves}" if record.approves else "",
        "from": record.source,
        "copy": record.copy_of_it,
        "why": record.reason,
        "code": f"commit {record.commit}" if record.commit else "",
        "run": record.run,
        "data": data,
    }
    width = max(map(len, facts)) + 2
    lines = [f"  {name:<{width}}{printable(value)}" for name, value in facts.items() if value]
    checks = [
        printable(f"{'passed' if each.passed else 'FAILED'}: {each.name}{': ' if each.finding else ''}{each.finding}")
        for each in record.checks
    ]
    return [*lines, *(f"  {check}" for check in checks)]


def _row(filed: Filed) -> tuple[str, ...]:
    record = filed.record
    if record is None:
        return (str(filed.number), "", "", "", "", "", UNREADABLE)
    version = record.version or "none"
    moved = f"{version} for {record.replaced}" if record.outcome is Outcome.champion and record.replaced else version
    outcome = f"{record.outcome}, forced" if record.forced else str(record.outcome)
    at = f"{record.at:%Y-%m-%d %H:%M:%S}"
    return tuple(map(printable, (str(record.number), at, record.who, record.event, moved, outcome, _why(record))))


def _why(record: Record) -> str:
    """The reason that was given, else what the gate found."""
    failed = [check.name for check in record.checks if not check.passed]
    parts = [
        f"approves {record.approves}" if record.approves else "",
        f"from {record.source}" if record.source else "",
        f"as {record.copy_of_it}" if record.copy_of_it else "",
        record.reason,
        f"failed: {', '.join(failed)}" if failed else f"{len(record.checks)} checks passed" if record.checks else "",
    ]
    return "; ".join(part for part in parts if part)
