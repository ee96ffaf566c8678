"""Contests of decisions on record and people's answers: the texts that they need, and how they are told."""

import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args

from custom_model.decision_log.reader import Records
from custom_model.decision_log.second_decisions import Answer, NotOpen, SecondDecisions
from steps.ledger.actor import acting
from steps.run.console import UserError
from steps.run.printable import clipped, printable

ANSWERS: tuple[Answer, ...] = get_args(Answer)
LONGEST = 5_000  # characters of a statement, a reason or evidence
OF_STDIN = "-"
UNSTORABLE = frozenset(map(chr, [0, *range(0xD800, 0xE000)]))  # NUL, and halves of surrogate pairs


def contest(records: Records, decision_id: str, statement: str) -> None:
    """Put a client's contest on record; raise `UserError` where the decision cannot be contested now."""
    text = text_of("statement", statement, "what the client objects to, in the client's own words")
    try:
        row = records.contest(_identified(decision_id), text, acting())
    except NotOpen as error:
        raise UserError(f"id: decision {clipped(decision_id)} {printable(error)}") from None
    print(
        f"decision {row['decision_id']} is contested: {row['contest_id']}, by {printable(row['taken_by'])}; "
        f"a person answers: python -m steps.decisions override --id {row['decision_id']} --outcome "
        f"{' or '.join(ANSWERS)} --reason WHY"
    )


def override(records: Records, decision_id: str, outcome: str, reason: str, evidence: str) -> None:
    """Put a person's answer, granted or refused, on record; raise `UserError` where none is awaited."""
    answer = next((each for each in ANSWERS if each == outcome), None)
    if answer is None:
        raise UserError(f"outcome: expected {' or '.join(ANSWERS)}, got {clipped(outcome) or 'nothing'}")
    why = text_of("reason", reason, "why, in words")
    seen = text_of("evidence", evidence, "what was looked at") if evidence else None
    try:
        row = records.override(_identified(decision_id), answer, why, seen, acting())
    except NotOpen as error:
        raise UserError(f"id: decision {clipped(decision_id)} {printable(error)}") from None
    of = "the referral" if row["contest_id"] is None else f"contest {row['contest_id']}"
    print(f"decision {row['decision_id']}: {outcome} by {printable(row['decided_by'])}, in answer to {of}; the first "
          "decision stays on record")  # fmt: skip


def text_of(option: str, text: str, expected: str) -> str:
    """An option's text, or standard input's for `-`; raise `UserError` for one that cannot be put on record."""
    if text == OF_STDIN:
        text = _of_stdin(option)
    text = text.strip()
    if not text:
        raise UserError(f"{option}: expected {expected}, got nothing")
    if len(text) > LONGEST:
        raise UserError(f"{option}: expected at most {LONGEST:,} characters, got {len(text):,}")
    if not UNSTORABLE.isdisjoint(text):
        raise UserError(f"{option}: expected valid Unicode without NUL, got other characters")
    return text


def _of_stdin(option: str) -> str:
    try:
        return sys.stdin.read()
    except UnicodeDecodeError as error:  # where the locale is strict; else such bytes are halves of surrogate pairs
        raise UserError(f"{option}: expected text in {error.encoding.upper()}, got other bytes") from None


def in_a_line(second: SecondDecisions) -> str:
    """Where a decision stands, for a line about it: contested, or who answered what."""
    waiting = second.open_contest
    if waiting is not None:
        return f"contested {waiting['contested_at']:%Y-%m-%d}, awaits an answer"
    last = second.overrides[-1]
    return f"{printable(last['outcome'])} by {printable(last['decided_by'])} {last['decided_at']:%Y-%m-%d}"


def in_full(second: SecondDecisions) -> dict[str, list[dict[str, Any]]]:
    """The contests and the answers as JSON has them."""
    return {
        "contests": [_plain(row) for row in second.contests],
        "overrides": [_plain(row) for row in second.overrides],
    }


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def _identified(decision_id: str) -> str:
    if not decision_id:
        raise UserError("id: expected the decision_id of a decision, got nothing")
    return decision_id
