"""Scoring in a subprocess: its exit status, its last message and its environment."""

import os
import signal
import subprocess
import sys
import threading
import time

import mlflow
import pandas as pd
import pytest

from custom_model.omission import Examination, Omission
from steps.evaluation import in_subprocess
from steps.evaluation.in_subprocess import score_in_subprocess, scorer
from steps.evaluation.inspection import Inspection
from steps.run.background import Background
from steps.run.console import UserError
from steps.run.settings import PROJECT
from testing.processes import assert_ended

INTERPRETER = sys.executable
APPLICATIONS = pd.DataFrame({"client": [1, 2]})


@pytest.fixture
def interpreter(tmp_path, monkeypatch):
    """Replace the interpreter of the subprocess by a shell script, which has an order: $4 is the file to read, $5 to $7
    are those to write.
    """

    def replace(script: str) -> None:
        (tmp_path / "python").write_text(f'#!/bin/sh\norder=$(cat "$3")\n{script}\n')
        (tmp_path / "python").chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))

    return replace


def test_the_decisions_are_the_file_that_the_subprocess_writes(interpreter):
    interpreter('cp "$4" "$5"')

    scored = score_in_subprocess("models:/lender/1", APPLICATIONS)

    assert scored.decisions.equals(APPLICATIONS)
    assert scored.examination is None


def test_the_examination_is_the_json_that_the_models_code_writes(interpreter):
    interpreter(
        'cp "$4" "$5"; echo \'{"incomplete": [1], "omissions": [{"name": "A", "fields": ["A"], "refused": 9, '
        '"granted": 2}]}\' > "$6"'
    )

    examination = score_in_subprocess("models:/lender/1", APPLICATIONS).examination

    assert examination == Examination([1], [Omission("A", ("A",), 9, 2)])


def test_the_inspection_is_the_json_that_the_subprocess_writes_and_is_asked_for_with_threads(interpreter):
    interpreter(
        'test "$order" = "[\\"models:/lender/1\\", 5, 2]" || exit 1; cp "$4" "$5"; '
        'echo \'{"explained": 2, "drivers": [], "inputs": ["A"], "descriptions": {}, "flips": []}\' > "$7"'
    )

    scored = score_in_subprocess("models:/lender/1", APPLICATIONS, seed=5, inspection_threads=2)

    assert scored.inspection == Inspection(2, [], ["A"], {}, [])
    assert scored.examination is None


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo Traceback >&2; echo 'error: no such model' >&2; exit 1", "error: no such model"),
        ('cp "$4" "$5"; echo "disk full" >&2; exit 1', "disk full"),  # half a file must not pass for all decisions
        ("kill -9 $$", "exit status -9"),
    ],
)
def test_a_subprocess_that_fails_is_an_error_with_its_last_message(interpreter, script, message):
    interpreter(script)

    with pytest.raises(UserError, match=f"^models:/lender/1 could not score 2 applications: {message}$"):
        score_in_subprocess("models:/lender/1", APPLICATIONS)


def test_the_subprocess_has_the_tracking_store_of_its_parent_and_no_decision_log(interpreter, monkeypatch):
    monkeypatch.setenv("DECISION_LOG_URI", "sqlite:////tmp/log.db")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:////another/mlflow.db")
    monkeypatch.setattr(mlflow, "get_tracking_uri", lambda: "sqlite:////mine/mlflow.db")
    interpreter('echo "$MLFLOW_TRACKING_URI ${DECISION_LOG_URI-unset}" >&2; exit 1')

    with pytest.raises(UserError, match=r"sqlite:////mine/mlflow\.db unset$"):
        score_in_subprocess("models:/lender/1", APPLICATIONS)


def test_a_subprocess_without_an_order_scores_nothing_and_ends_with_the_block(interpreter, tmp_path):
    interpreter(f'echo "order: $order" > {tmp_path}/ended')

    with scorer():
        pass

    assert (tmp_path / "ended").read_text() == "order: \n"


def test_a_subprocess_that_starts_after_the_block_still_has_its_files(interpreter, tmp_path, monkeypatch):
    interpreter(f'echo "order: $order" > {tmp_path}/ended')
    ended, run = threading.Event(), subprocess.run

    def run_late(*words, **options):
        ended.wait()
        os.fstat(options["stdin"])
        return run(*words, **options)

    monkeypatch.setattr(in_subprocess.subprocess, "run", run_late)
    monkeypatch.setattr(Background, "wait", lambda background: ended.set() or background._thread.join())

    with scorer():
        pass

    assert (tmp_path / "ended").read_text() == "order: \n"


STARTER = """
import sys
import pandas as pd
from steps.evaluation.in_subprocess import score_in_subprocess
from steps.evaluation.inspection import Inspection
sys.executable = sys.argv[1]
score_in_subprocess("models:/lender/1", pd.DataFrame({"income": [12345.0] * 1000}))
"""


@pytest.mark.slow
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_no_file_of_clients_has_a_name_and_the_subprocess_ends_with_its_parent(interpreter, tmp_path, ending):
    interpreter(
        f'cat "$4" > /dev/null || exit 1; echo $$ > {tmp_path}/.pid; mv {tmp_path}/.pid {tmp_path}/pid; exec cat'
    )
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    starter = subprocess.Popen(
        [INTERPRETER, "-c", STARTER, str(tmp_path / "python")],
        cwd=PROJECT,
        env={**os.environ, "TMPDIR": str(scratch)},
    )
    while not (tmp_path / "pid").exists():
        assert starter.poll() is None
        time.sleep(0.05)
    handle = os.pidfd_open(int((tmp_path / "pid").read_text()))
    assert not list(scratch.iterdir())

    starter.send_signal(ending)

    assert starter.wait() == -ending
    assert_ended([handle])
    assert not list(scratch.iterdir())
