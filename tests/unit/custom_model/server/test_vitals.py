"""Real processes: one that answers, and silent ones that run, sleep, stand still or have ended."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import Pipe

import pytest

from custom_model.server import vitals
from custom_model.server.vitals import Patience, State, Vitals, cpu_ticks

pytestmark = pytest.mark.slow  # starts workers

PATIENCE = Patience(idle=0.5, busy=2.0, unknown=1.0)
RUNS = "while True: pass"
SLEEPS = "import time; time.sleep(600)"
HOLDS_THE_LOCK = "import ctypes; ctypes.PyDLL(None).sleep(600)"


@contextmanager
def running(code: str) -> Iterator[int]:
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        try:
            yield process.pid
        finally:
            process.kill()


def states(of: Vitals, until: State) -> list[State]:
    """The states that it passes through, each once, up to this one."""
    passed: list[State] = []
    deadline = time.monotonic() + 30
    while until not in passed:
        assert time.monotonic() < deadline, passed
        state = of.check()
        passed += [state] if state not in passed else []
        time.sleep(0.05)
    return passed


def test_a_silent_worker_that_runs_is_busy_until_its_time_is_over():
    ours, _theirs = Pipe()
    with running(RUNS) as process:
        assert states(Vitals(process, ours, PATIENCE), State.STUCK) == [State.ANSWERS, State.BUSY, State.STUCK]


@pytest.mark.parametrize("code", [SLEEPS, HOLDS_THE_LOCK], ids=["asleep", "asleep with Python's lock"])
def test_a_silent_worker_that_does_not_run_is_dead(code):
    ours, _theirs = Pipe()
    with running(code) as process:
        of = Vitals(process, ours, PATIENCE)

        assert states(of, State.DEAD)[-1] == State.DEAD
        assert of.silence < PATIENCE.busy


def test_a_stopped_worker_is_dead():
    ours, _theirs = Pipe()
    with running(RUNS) as process:
        os.kill(process, signal.SIGSTOP)

        assert states(Vitals(process, ours, PATIENCE), State.DEAD) == [State.ANSWERS, State.DEAD]


def test_a_worker_that_answers_is_alive_and_has_served_once_it_says_so():
    ours, theirs = Pipe()
    with running(SLEEPS) as process:
        of = Vitals(process, ours, PATIENCE)
        end = time.monotonic() + 2 * PATIENCE.idle
        while time.monotonic() < end:
            assert of.check() == State.ANSWERS
            assert not of.has_served
            theirs.recv()
            theirs.send(False)  # its server still starts
            time.sleep(0.02)
        of.check()
        theirs.send(True)
        of.check()

    assert of.has_served


def test_a_worker_is_asked_once_until_it_answers():
    ours, theirs = Pipe()
    with running(SLEEPS) as process:
        of = Vitals(process, ours, PATIENCE)
        for _ in range(5):
            of.check()

    assert theirs.recv() == b"ping"
    assert not theirs.poll()


def test_a_silent_worker_that_waits_for_a_disk_is_busy(monkeypatch):
    monkeypatch.setattr(vitals, "cpu_ticks", lambda process: vitals.WAITS_FOR_DISK)
    ours, _theirs = Pipe()

    assert states(Vitals(os.getpid(), ours, PATIENCE), State.STUCK) == [State.ANSWERS, State.BUSY, State.STUCK]


def test_where_the_system_does_not_say_whether_a_process_runs_a_longer_silence_is_borne(monkeypatch):
    monkeypatch.setattr(vitals, "cpu_ticks", lambda process: None)
    ours, _theirs = Pipe()

    of = Vitals(os.getpid(), ours, PATIENCE)

    assert states(of, State.STUCK) == [State.ANSWERS, State.BUSY, State.STUCK]
    assert of.silence >= PATIENCE.unknown


def test_cpu_time_is_that_of_all_threads_whatever_the_processs_name():
    name = "import ctypes; ctypes.CDLL(None).prctl(15, b'a) R 1 (', 0, 0, 0)"
    with running(f"{name}; print(flush=True)\n{RUNS}") as process:
        before = cpu_ticks(process)
        deadline = time.monotonic() + 30
        while cpu_ticks(process) - before < 20:
            assert time.monotonic() < deadline
            time.sleep(0.05)

    assert cpu_ticks(process) is None  # ended
