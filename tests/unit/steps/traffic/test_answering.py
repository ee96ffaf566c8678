"""Processes that answer: why one has ended."""

import sys
from pathlib import Path

import pyarrow as pa
import pytest

from steps.run.console import UserError
from steps.traffic.answering import answering_processes

QUESTION = pa.record_batch({"question": ["why"]})


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo 'a whole sentence' >&2; exit 2", "a whole sentence"),
        ("echo 'ValueError: odd' >&2; exit 1", "it broke off: ValueError: odd"),
        ("kill -9 $$", "it broke off: signal 9 ended it, as the system does where memory is short"),
        ("kill -11 $$", "it broke off: signal 11 ended it"),
    ],
)
@pytest.mark.usefixtures("own_interpreters")
def test_a_process_that_ends_is_an_error_with_its_reason(tmp_path: Path, monkeypatch, script, reason):
    interpreter = tmp_path / "python"
    interpreter.write_text(f"#!/bin/sh\n{script}\n")
    interpreter.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(interpreter))

    with (
        pytest.raises(UserError, match=f"^{reason}$"),
        answering_processes("any", [], QUESTION.schema, "it broke off", 1) as ask,
    ):
        ask(QUESTION).result()
