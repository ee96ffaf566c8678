"""Prepared interpreters: a command in one ends, reads, writes and imports as in one of its own."""

import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from steps.run.settings import PROJECT

pytestmark = pytest.mark.slow

PASSED = "import os, sys; os.write(int(sys.argv[1]), b'passed on')"
WAITING = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
KILLED = """
import subprocess, time
from testing.prepared import prepared_interpreters
with prepared_interpreters() as folder:
    command = [folder / "python", "-c", "import os; print(os.getppid())"]
    print(subprocess.run(command, capture_output=True, text=True, check=True).stdout, end="", flush=True)
    time.sleep(60)
"""
STARTED = "import sys\ndef tell(): print(__file__, 'lightgbm' in sys.modules, flush=True)"
STARTING = """
import multiprocessing, sys
from custom_model.costs import tell
process = multiprocessing.get_context(sys.argv[1]).Process(target=tell)
process.start()
process.join()
sys.exit(process.exitcode)
"""
MODULE = "from custom_model import costs; import mlflow; print(costs.__file__)"


def ended(prepared: Path, *words: str, **options) -> subprocess.CompletedProcess:
    options = {"cwd": PROJECT, **options}
    return subprocess.run(
        [prepared / "python", *words], capture_output=True, text=True, timeout=60, check=False, **options
    )


@pytest.mark.parametrize(
    ("source", "status"),
    [("pass", 0), ("import sys; sys.exit(3)", 3), ("raise SystemExit('why')", 1), ("1 / 0", 1), ("json", 1)],
)
def test_a_command_has_the_status_of_an_interpreter(prepared, source, status):
    own = subprocess.run([sys.executable, "-c", source], capture_output=True, check=False)

    assert ended(prepared, "-c", source).returncode == own.returncode == status


def test_who_leaves_before_asking_ends_nobody_else(prepared):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(prepared / "socket"))

    assert ended(prepared, "-c", "pass").returncode == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_command_that_a_signal_ended_says_so(prepared, number):
    assert ended(prepared, "-c", f"import os; os.kill(os.getpid(), {int(number)})").returncode == -number


def test_a_command_reads_and_writes_its_streams_and_the_files_that_it_was_given(prepared):
    reading, writing = os.pipe()
    try:
        echo = ended(prepared, "-c", "import sys; print(sys.stdin.read()); print('no', file=sys.stderr)", input="yes")
        ended(prepared, "-c", PASSED, str(writing), pass_fds=[writing])

        assert (echo.stdout, echo.stderr) == ("yes\n", "no\n")
        assert os.read(reading, 100) == b"passed on"
    finally:
        os.close(reading)
        os.close(writing)


def test_a_command_has_the_variables_and_the_code_of_its_own_folder(prepared, tmp_path):
    package = tmp_path / "custom_model"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "costs.py").touch()

    found = ended(prepared, "-c", MODULE, cwd=tmp_path)
    variable = ended(prepared, "-c", "import os; print(os.environ['LENDER'])", env={**os.environ, "LENDER": "own"})

    assert found.stdout == f"{package / 'costs.py'}\n"
    assert variable.stdout == "own\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_command_ends_with_who_asked_for_it(prepared, number):
    with subprocess.Popen([prepared / "python", "-c", WAITING], stdout=subprocess.PIPE, text=True) as started:
        command = os.pidfd_open(int(started.stdout.readline()))
        try:
            started.send_signal(number)

            assert started.wait(30) == -number
            assert select.select([command], [], [], 30)[0]  # it has ended
        finally:
            os.close(command)


def test_the_prepared_interpreter_ends_with_the_process_that_started_it():
    with subprocess.Popen([sys.executable, "-c", KILLED], cwd=PROJECT, stdout=subprocess.PIPE, text=True) as starter:
        prepared = os.pidfd_open(int(starter.stdout.readline()))
        try:
            starter.kill()

            assert select.select([prepared], [], [], 30)[0]  # it has ended
        finally:
            os.close(prepared)


def test_a_tool_is_an_interpreter_of_its_own(prepared):
    assert ended(prepared, "--version").stdout == f"Python {sys.version.split()[0]}\n"


def test_what_multiprocessing_starts_is_forked_and_imports_the_code_of_its_folder(prepared, tmp_path):
    package = tmp_path / "custom_model"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "costs.py").write_text(STARTED, "utf-8")

    for method in ("spawn", "forkserver"):
        found = ended(prepared, "-c", STARTING, method, cwd=tmp_path)

        assert (found.stdout, found.stderr) == (f"{package / 'costs.py'} True\n", "")
