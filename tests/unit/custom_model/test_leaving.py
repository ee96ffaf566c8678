"""The end of a command, in processes of their own."""

import os
import subprocess
import sys

import pytest

from custom_model.leaving import UNWRITTEN
from steps.run.settings import PROJECT

LEAVE = "from custom_model.leaving import leave; "


def left(script: str, **streams) -> subprocess.CompletedProcess[str]:
    command, environment = [sys.executable, "-c", LEAVE + script], {**os.environ, "PYTHONUNBUFFERED": ""}
    streams = {"capture_output": True, **streams}
    return subprocess.run(command, check=False, text=True, cwd=PROJECT, env=environment, **streams)


@pytest.mark.parametrize(
    ("status", "expected", "printed"),
    [("0", 0, ""), ("None", 0, ""), ("2", 2, ""), ("143", 143, ""), ("True", 1, ""), ("'no store'", 1, "no store\n")],
)
def test_the_status_is_that_of_sys_exit(status, expected, printed):
    ended = left(f"leave({status})")

    assert (ended.returncode, ended.stderr) == (expected, printed)


def test_output_is_written_threads_end_and_what_was_registered_runs_without_freeing_what_is_held():
    script = (
        "import atexit, threading\n"
        "class Held:\n"
        "    def __del__(self):\n"
        "        print('freed')\n"
        "held = Held()\n"
        "atexit.register(print, 'registered')\n"
        "ending = threading.Event()\n"
        "threading._register_atexit(ending.set)\n"
        "threading.Thread(target=lambda: (ending.wait(), print('thread'))).start()\n"
        "print('begun', end=' ')\n"
        "leave()\n"
    )

    ended = left(script)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert sorted(ended.stdout.split()) == ["begun", "registered", "thread"]


def test_output_that_cannot_be_written_is_an_error_on_standard_error():
    with open("/dev/full", "w") as full:
        ended = left("print('decisions'); leave()", capture_output=False, stdout=full, stderr=subprocess.PIPE)

    assert (ended.returncode, ended.stderr) == (
        UNWRITTEN,
        "error: the output cannot be written: [Errno 28] No space left on device\n",
    )


def test_output_that_nobody_reads_any_more_is_no_error_to_print():
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as pipe:
        ended = left("print('decisions'); leave()", capture_output=False, stdout=pipe, stderr=subprocess.PIPE)

    assert (ended.returncode, ended.stderr) == (UNWRITTEN, "")


@pytest.mark.parametrize("closing", ["sys.stdout.close()", "sys.stdout = None", "sys.stderr.close()"])
def test_a_stream_that_is_closed_is_no_error(closing):
    ended = left(f"import sys; {closing}; leave()")

    assert (ended.returncode, ended.stderr) == (0, "")
