"""The supervisor of the workers: it replaces one that has died, and the log says how it died."""

import logging
import signal
from dataclasses import dataclass
from socket import socket
from time import monotonic

from uvicorn import Config
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess
from uvicorn.supervisors.multiprocess import Process

from custom_model.server.vitals import Patience, State, Vitals

LONGEST_DELAY = 30.0  # seconds before a worker that dies at every start is started again
NORMAL = Patience()
END_SECONDS = 15.0  # for a worker to close its stores, after its requests in progress

log = logging.getLogger(__name__)


@dataclass
class _Watch:
    """What is known of a process: its vitals, and how many in a row before it died at their start."""

    vitals: Vitals
    failed_starts: int = 0
    replaced_at: float | None = None  # set when it has died


class Supervisor(Multiprocess):
    """uvicorn's supervisor, which tells a busy worker from a dead one and logs each death.

    uvicorn's own kills every worker that is silent for five seconds, waits for it in that time, and says nothing. A
    worker that dies at its start, before it is seen to serve, is replaced after 1, 2, 4 and at most `LONGEST_DELAY`
    seconds; one that has served, at once. The processes are uvicorn's own class: it is unpickled by the model's code,
    which may be older than this.
    """

    def __init__(self, config: Config, sockets: list[socket], patience: Patience = NORMAL):
        super().__init__(config, sockets)
        self._patience = patience
        self._watches: dict[Process, _Watch] = {}

    def keep_subprocess_alive(self) -> None:
        """Check each worker, without waiting for any, and replace the dead, unless the server ends."""
        if self.should_exit.is_set() or self.signal_queue:
            return
        for place, process in enumerate(self.processes):
            watch = self._watch(process)
            if watch.replaced_at is None:
                death = _death(process, watch.vitals)
                if death is None:
                    continue
                process.kill()  # also closes its pipe
                process.join()
                if process.exitcode == STARTUP_FAILURE:  # it would fail in the same way again
                    log.error("worker %s could not start: the server ends", process.pid)
                    self.should_exit.set()
                    return
                self._plan_replacement(process, watch, death)
            if watch.replaced_at is not None and monotonic() >= watch.replaced_at:
                self._replace(place, process, watch)

    def _watch(self, process: Process) -> _Watch:
        if process not in self._watches:
            assert process.pid is not None
            self._watches[process] = _Watch(Vitals(process.pid, process.parent_conn, self._patience))
        return self._watches[process]

    def _plan_replacement(self, process: Process, watch: _Watch, death: str) -> None:
        watch.failed_starts = 0 if watch.vitals.has_served else watch.failed_starts + 1
        delay = delay_of(watch.failed_starts)
        watch.replaced_at = monotonic() + delay
        when = f"after {delay:g} s, since it died at its start" if delay else "now"
        log.warning("worker %s %s; a new one starts %s", process.pid, death, when)

    def _replace(self, place: int, process: Process, watch: _Watch) -> None:
        successor = Process(self.config, self.sockets)
        successor.start()
        self.processes[place] = successor
        self._watch(successor).failed_starts = watch.failed_starts
        del self._watches[process]

    def join_all(self) -> None:
        """Wait for the workers' ends; one that does not end in time, such as a stopped one, is killed."""
        deadline = monotonic() + (self.config.timeout_graceful_shutdown or 0) + END_SECONDS
        for process in self.processes:
            process.process.join(max(0.0, deadline - monotonic()))
            if process.exitcode is None:
                log.warning("worker %s did not end in time: the supervisor killed it", process.pid)
                process.kill()
                process.join()


def delay_of(failed_starts: int) -> float:
    """Seconds before another start after so many in a row that failed: 0, 1, 2, 4 and at most `LONGEST_DELAY`."""
    return min(2.0 ** min(failed_starts - 1, 10), LONGEST_DELAY) if failed_starts else 0.0


def _death(process: Process, vitals: Vitals) -> str | None:
    """How a worker has died, or why it must end; None for one that is alive."""
    if process.exitcode is not None:
        return _ending(process.exitcode)
    state = vitals.check()
    if state in (State.ANSWERS, State.BUSY):
        return None
    ran = "did not run" if state is State.DEAD else "was busy"
    return f"did not answer for {vitals.silence:.0f} s and {ran}: the supervisor killed it"


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
