"""The console: arguments, progress, errors."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import pytest
import typer
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import (
    INTERNAL_ERROR,
    INVALID_PARAMETER_VALUE,
    PERMISSION_DENIED,
    TEMPORARILY_UNAVAILABLE,
    ErrorCode,
)
from sqlalchemy.exc import OperationalError

from steps.run.console import UserError, counted, listed, progress, run
from steps.run.settings import PROJECT


def greet(name: Annotated[str, typer.Option(help="Name to greet.")] = "you", times: int = 1) -> None:
    """Greet somebody.

    Example: python -m greet --name me
    """
    if times < 1:
        raise UserError(f"times: expected at least 1, got {times}")
    print(times * f"hello {name} ")


def started(monkeypatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["greet", *arguments])
    with pytest.raises(SystemExit) as ended:
        run(greet)
    return ended.value.code or 0


def test_the_functions_signature_is_the_command_line(monkeypatch, capsys):
    status = started(monkeypatch, "--name", "me", "--times", "2")

    assert (status, capsys.readouterr().out) == (0, "hello me hello me \n")


def test_a_users_mistake_ends_with_2_and_a_message_without_a_traceback(monkeypatch, capsys):
    status = started(monkeypatch, "--times", "0")

    captured = capsys.readouterr()
    assert (status, captured.err, captured.out) == (2, "error: times: expected at least 1, got 0\n", "")


def test_an_error_is_printed_without_commands_to_the_terminal(monkeypatch, capsys):
    def fail() -> None:
        raise UserError("clients.csv: no column \x1b[2J\x9b\u202e; expected\n  ID")

    monkeypatch.setattr("sys.argv", ["fail"])
    with pytest.raises(SystemExit):
        run(fail)

    assert capsys.readouterr().err == "error: clients.csv: no column \\x1b[2J\\x9b\\u202e; expected\n  ID\n"


def test_an_argument_of_the_wrong_type_ends_with_2_and_names_it(monkeypatch, capsys):
    assert started(monkeypatch, "--times", "often") == 2
    assert "--times" in capsys.readouterr().err


def test_help_shows_options_and_example(monkeypatch, capsys):
    assert started(monkeypatch, "--help") == 0
    output = capsys.readouterr().out
    assert "Name to greet." in output
    assert "Example: python -m greet --name me" in output


def test_a_fault_of_ours_is_not_hidden(monkeypatch):
    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("sys.argv", ["fail"])
    with pytest.raises(ZeroDivisionError):
        run(fail)


@pytest.mark.parametrize("code", [TEMPORARILY_UNAVAILABLE, PERMISSION_DENIED], ids=str)
def test_a_tracking_store_that_fails_ends_with_status_2_and_one_line(monkeypatch, capsys, code):
    def fail() -> None:
        raise MlflowException("database is locked\n[SQL: SELECT secret]", code)

    monkeypatch.setattr("sys.argv", ["fail"])
    with pytest.raises(SystemExit) as ended:
        run(fail)

    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith(
        f"error: MLflow's tracking store failed ({ErrorCode.Name(code)}): database is locked. Make it"
    )
    assert error.count("\n") == 1


def test_a_database_of_mlflows_that_fails_ends_with_status_2_and_one_line(monkeypatch, capsys):
    def fail() -> None:
        raise OperationalError("SELECT secret", {}, Exception("database is locked"))

    monkeypatch.setattr("sys.argv", ["fail"])
    with pytest.raises(SystemExit) as ended:
        run(fail)

    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("error: MLflow's tracking store failed: database is locked. Make it")


def test_a_tracking_server_that_is_not_reached_ends_with_status_2_and_one_line(monkeypatch, capsys):
    client = MlflowClient("http://ann:s3cr@et@127.0.0.1:9")  # nothing listens there
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setattr("sys.argv", ["fail"])

    def fail() -> None:
        client.get_registered_model("any")

    with pytest.raises(SystemExit) as ended:
        run(fail)

    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith(
        "error: MLflow's tracking store failed (INTERNAL_ERROR): API request to http://***@127.0.0.1:9/"
    )
    assert "s3cr" not in error
    assert error.count("\n") == 1


# INTERNAL_ERROR is the code of any error of MLflow's own that has no other.
@pytest.mark.parametrize("code", [INVALID_PARAMETER_VALUE, INTERNAL_ERROR], ids=str)
def test_any_other_error_of_mlflow_keeps_its_traceback(monkeypatch, code):
    def fail() -> None:
        raise MlflowException("a bug", code)

    monkeypatch.setattr("sys.argv", ["fail"])
    with pytest.raises(MlflowException, match="a bug"):
        run(fail)


def test_progress_says_what_begins_and_that_it_is_done_on_standard_error(capsys):
    with progress("counting clients"):
        begun = capsys.readouterr()
    done = capsys.readouterr()

    assert (begun.out, begun.err) == ("", "  counting clients ...\n")
    assert done.out == ""
    assert done.err.startswith("  counting clients: ")


def test_progress_of_what_failed_is_never_said_to_be_done(capsys):
    with pytest.raises(UserError), progress("counting clients"):
        raise UserError("none there")

    assert capsys.readouterr().err == "  counting clients ...\n"


@pytest.mark.slow  # a process of its own
def test_sigterm_goes_through_every_finally(tmp_path):
    script = (
        "import os, signal\n"
        "from steps.run.console import run\n"
        "def wait() -> None:\n"
        "    try:\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "        signal.pause()\n"
        "    finally:\n"
        "        print('cleaned up')\n"
        "run(wait)\n"
    )

    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=PROJECT)

    assert ended.returncode == 143
    assert ended.stdout == "cleaned up\n"


@pytest.mark.parametrize(("count", "words"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1_200, "1,200 rows")])
def test_a_noun_agrees_with_its_count(count, words):
    assert counted(count, "row") == words


@pytest.mark.parametrize(
    ("count", "words"), [(0, ""), (1, "a0"), (2, "a0, a1"), (3, "a0, a1 and 1 more"), (1_202, "a0, a1 and 1,200 more")]
)
def test_of_many_names_the_first_are_listed_and_the_others_counted(count, words):
    assert listed([f"a{number}" for number in range(count)], 2) == words


@pytest.mark.parametrize("module", ["steps.main", "steps.train", "steps.sample", "custom_model.server"])
def test_a_python_without_the_packages_is_one_sentence(module):
    command = [sys.executable, "-S", "-m", module]  # -S: without the environment's packages

    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=PROJECT, env={})

    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith("error: ")
    assert "`source .venv/bin/activate` first" in ended.stderr


@pytest.fixture(autouse=True)
def previous_sigterm_handler():
    """`run` replaces the process's handler of SIGTERM, and all tests share one process."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def test_relative_paths_start_in_the_callers_folder(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "caller").mkdir()
    monkeypatch.setenv("CREDIT_SCORING_FOLDER", str(tmp_path / "caller"))
    monkeypatch.setattr(sys, "argv", ["step"])

    with pytest.raises(SystemExit):
        run(lambda: print(Path.cwd()))

    assert capsys.readouterr().out.strip() == str(tmp_path / "caller")


def test_a_callers_folder_that_is_gone_is_reported(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("CREDIT_SCORING_FOLDER", str(tmp_path / "gone"))
    monkeypatch.setattr(sys, "argv", ["step"])

    with pytest.raises(SystemExit) as ended:
        run(lambda: None)

    assert ended.value.code == 2
    assert f"error: folder: {tmp_path}/gone cannot be entered: No such file or directory" in capsys.readouterr().err
