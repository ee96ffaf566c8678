"""The workers of a server: each with its release, its vitals and its place among the files of metrics."""

import logging
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from time import monotonic

from uvicorn import Config
from uvicorn.supervisors.multiprocess import Process

from custom_model.metrics.counters import PLACE
from custom_model.server.draining import RETIRED
from custom_model.server.following.release import Release
from custom_model.server.vitals import Patience, State, Vitals

NAME = "worker{}"  # of a place among the files of metrics: no process id, as the server's own is 1 in a container

log = logging.getLogger(__name__)


@dataclass(eq=False)
class Worker:
    """A process that serves a release.

    `failed_starts` is how many before it, in a row, died at their start.
    """

    process: Process
    release: Release
    vitals: Vitals
    place: int
    failed_starts: int = 0
    replaced_at: float | None = None  # set when it has died
    started_at: float = 0.0

    def death(self) -> str | None:
        """How it has died, or why it must end; None for one that is alive."""
        if self.process.exitcode is not None:
            return _ending(self.process.exitcode)
        state = self.vitals.check()
        if state in (State.ANSWERS, State.BUSY):
            return None
        ran = "did not run" if state is State.DEAD else "was busy"
        return f"did not answer for {self.vitals.silence:.0f} s and {ran}: the supervisor killed it"


class Workers:
    """Starts workers on the server's sockets, and clears up after their end.

    Parameters
    ----------
    config, sockets
        Of uvicorn's supervisor.
    patience
        How long a worker's silence is borne.
    shared
        The folder that the workers share; None where they share none.
    """

    def __init__(self, config: Config, sockets: list[socket], patience: Patience, shared: Path | None):
        self._config = config
        self._sockets = sockets
        self._patience = patience
        self._shared = shared
        self._workers: dict[Process, Worker] = {}

    def __iter__(self) -> Iterator[Worker]:
        return iter(list(self._workers.values()))

    def __getitem__(self, process: Process) -> Worker:
        return self._workers[process]

    def start(self, release: Release, failed_starts: int = 0) -> Worker:
        """A new worker of the release, at the first free place: a killed worker's counters go on in its files."""
        taken = {worker.place for worker in self}
        place = next(number for number in range(len(taken) + 1) if number not in taken)
        process = release.start(self._config, self._sockets, **{PLACE: NAME.format(place)})
        assert process.pid is not None
        vitals = Vitals(process.pid, process.parent_conn, self._patience)
        worker = Worker(process, release, vitals, place, failed_starts, started_at=monotonic())
        self._workers[process] = worker
        return worker

    def replace(self, dead: Worker, release: Release) -> Worker:
        """A new worker of the release at the place of one that was killed, which stays where `OSError` is raised."""
        self.forget(dead)
        try:
            return self.start(release, dead.failed_starts)
        except OSError:
            self._workers[dead.process] = dead
            raise

    def retire(self, worker: Worker) -> None:
        """Let a worker answer what it holds, and end; it accepts no more connections."""
        if self._shared is not None:
            with suppress(OSError):  # on a full disk it drains as at the end of the server
                self._mark(worker).touch()
        worker.process.terminate()

    def terminate(self, worker: Worker) -> None:
        """End a worker together with the server, also one that was retired before."""
        if self._shared is not None:
            with suppress(OSError):  # a folder that is read-only by now: it drains as a retired one
                self._mark(worker).unlink(missing_ok=True)
        worker.process.terminate()

    def kill(self, worker: Worker) -> None:
        """End a worker now, dead or alive, and remove what it leaves behind except its counters."""
        worker.process.kill()  # also closes its pipe
        worker.process.join()
        if self._shared is None:
            return
        with suppress(OSError):  # too many open files, or a folder that is read-only by now
            self._mark(worker).unlink(missing_ok=True)
            for name in (NAME.format(worker.place), worker.process.pid):  # older code names its files by process
                for gauge in self._shared.glob(f"gauge_*_{name}.db"):
                    gauge.unlink(missing_ok=True)

    def _mark(self, worker: Worker) -> Path:
        assert self._shared is not None
        return self._shared / RETIRED.format(worker.process.pid)

    def forget(self, worker: Worker) -> None:
        """Leave the place of a worker that was killed to another."""
        del self._workers[worker.process]


def _ending(exit_code: int) -> str:
    if exit_code >= 0:
        return f"ended with exit status {exit_code}"
    try:
        name = signal.Signals(-exit_code).name
    except ValueError:  # a real-time signal
        name = f"signal {-exit_code}"
    return f"was ended by {name}" + (
        ", which is also how Linux ends a process when memory is short" if name == "SIGKILL" else ""
    )
