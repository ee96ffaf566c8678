"""The supervisor where no process can be started: it goes on with those that there are."""

import socket

import pytest
from uvicorn import Config
from uvicorn.supervisors import multiprocess

from custom_model.server import supervisor as module
from custom_model.server.following.release import Release
from custom_model.server.supervisor import Supervisor


class Process:
    """A worker that starts, and answers nothing: its exit status tells whether it is alive."""

    def __init__(self, pid: int):
        self.pid, self.exitcode, self.parent_conn = pid, None, socket.socket()

    def kill(self):
        self.parent_conn.close()

    def join(self):
        pass


class Scarce(Release):
    """A release whose workers cannot be started while `is_short`."""

    is_short, started = False, 0

    def start(self, config, sockets, **variables):
        if self.is_short:
            raise OSError(12, "Cannot allocate memory")
        self.started += 1
        return Process(self.started)


class Clock:
    now = 0.0


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(module, "monotonic", lambda: clock.now)
    return clock


@pytest.fixture
def supervisor(monkeypatch, clock) -> Supervisor:
    """With two workers, whose silence is not watched."""
    monkeypatch.setattr(multiprocess.signal, "signal", lambda *_: None)
    supervisor = Supervisor(Config("app", workers=2), [], release=Scarce("m/1"))
    supervisor.init_processes()
    monkeypatch.setattr(module.Worker, "death", lambda worker: worker.process.exitcode and "ended")
    return supervisor


def test_a_dead_worker_is_replaced_once_there_is_memory_again_and_the_server_goes_on(supervisor, clock, caplog):
    release = supervisor._rollout.base
    alive, dead = supervisor.processes
    dead.exitcode, release.is_short = -9, True

    for clock.now in (0.0, 1.0, 2.0, 5.0):
        supervisor.keep_subprocess_alive()
    assert supervisor.processes == [alive, dead]
    assert "a new worker cannot be started (Cannot allocate memory); another try after 2 s" in caplog.text
    release.is_short, clock.now = False, 20.0
    supervisor.keep_subprocess_alive()

    assert supervisor.processes[0] is alive
    assert supervisor.processes[1].pid == 3
    assert [worker.place for worker in supervisor._workers] == [0, 1]


def test_a_worker_that_cannot_be_added_is_not_counted(supervisor):
    supervisor._rollout.base.is_short = True

    supervisor.handle_ttin()

    assert (supervisor.processes_num, len(supervisor.processes)) == (2, 2)
