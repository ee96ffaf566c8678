"""The supervisor of the workers: it replaces one that has died, and all of them when the version changes."""

import logging
from pathlib import Path
from socket import socket
from time import monotonic

from uvicorn import Config
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from custom_model.server.draining import LONGEST
from custom_model.server.following.follower import Follower
from custom_model.server.following.release import Release
from custom_model.server.following.rollout import Outcome, Rollout, delay_of
from custom_model.server.following.workers import Worker, Workers
from custom_model.server.vitals import Patience

NORMAL = Patience()
END_SECONDS = 15.0  # for a worker to close its stores, after its requests in progress

log = logging.getLogger(__name__)


class Supervisor(Multiprocess):
    """uvicorn's supervisor, which tells a busy worker from a dead one, logs each death, and follows an alias.

    uvicorn's own kills every worker that is silent for five seconds, waits for it in that time, and says nothing. A
    worker that dies at its start, before it is seen to serve, is replaced after 1, 2, 4 and at most 30 seconds; one
    that has served, at once. uvicorn's restart on SIGHUP watches no worker meanwhile: here nothing waits. The processes
    are uvicorn's own class: it is unpickled by the model's code, which may be older than this.
    """

    def __init__(
        self,
        config: Config,
        sockets: list[socket],
        patience: Patience = NORMAL,
        release: Release | None = None,
        shared: Path | None = None,
        follower: Follower | None = None,
    ):
        super().__init__(config, sockets)
        self._end_seconds = (config.timeout_graceful_shutdown or 0) + END_SECONDS
        self._workers = Workers(config, sockets, patience, shared)
        self._rollout = Rollout(self.processes, self._workers, release or Release(), LONGEST + self._end_seconds)
        self._follower = follower

    def run(self) -> None:
        """Run until a signal."""
        if self._follower is None:
            super().run()
            return
        self._follower.start()
        try:
            super().run()
        finally:
            self._follower.close()

    def init_processes(self) -> None:
        for _ in range(self.processes_num):
            self._add()

    def keep_subprocess_alive(self) -> None:
        """Replace the dead and follow the alias, without waiting for any worker, unless the server ends."""
        for place, process in enumerate(self.processes):
            if self.should_exit.is_set() or self.signal_queue:
                return
            self._keep_alive(place, self._workers[process])
        release = self._follower.take() if self._follower is not None else None
        if release is not None:
            self._rollout.go_to(release)
        self._report(self._rollout.step())

    def _keep_alive(self, place: int, worker: Worker) -> None:
        if worker.replaced_at is None:
            death = worker.death()
            if death is None:
                return
            self._workers.kill(worker)
            if worker.process.exitcode == STARTUP_FAILURE and not self._is_replaceable(worker, death):
                log.error("worker %s could not start: the server ends", worker.process.pid)
                self.should_exit.set()
                return
            self._plan_replacement(worker, death)
        if worker.replaced_at is not None and monotonic() >= worker.replaced_at:
            self._replace(place, worker)

    def _replace(self, place: int, worker: Worker) -> None:
        try:
            successor = self._workers.start(self._rollout.release_for(worker), worker.failed_starts)
        except OSError as error:  # too little memory, or too many processes: the others go on
            worker.failed_starts += 1
            delay = delay_of(worker.failed_starts)
            worker.replaced_at = monotonic() + delay
            log.warning("no worker can be started (%s); again after %g s", error.strerror, delay)
            return
        self._workers.forget(worker)
        self.processes[place] = successor.process

    def _is_replaceable(self, worker: Worker, death: str) -> bool:
        """Whether a worker that cannot load its model, and would fail in the same way again, can serve another."""
        if worker.release is self._rollout.base:
            return False
        if worker.release is self._rollout.target:
            self._report(self._rollout.refuse(f"its worker {death}"))
        return True

    @staticmethod
    def _plan_replacement(worker: Worker, death: str) -> None:
        worker.failed_starts = 0 if worker.vitals.has_served else worker.failed_starts + 1
        delay = delay_of(worker.failed_starts)
        worker.replaced_at = monotonic() + delay
        when = f"after {delay:g} s, since it died at its start" if delay else "now"
        log.warning("worker %s %s; a new one starts %s", worker.process.pid, death, when)

    def _report(self, outcome: Outcome | None) -> None:
        if outcome is None or self._follower is None:
            return
        if outcome.problem is None:
            self._follower.settled(outcome.release)
        else:
            self._follower.refused(outcome.release, outcome.problem)

    def _add(self) -> None:
        self.processes.append(self._workers.start(self._rollout.target).process)

    def handle_hup(self) -> None:
        """Replace all workers, one by one."""
        self._rollout.restart()

    def handle_ttin(self) -> None:
        """Add a worker, where one can be started."""
        try:
            self._add()
        except OSError as error:
            log.warning("no worker can be added (%s)", error.strerror)
        else:
            self.processes_num += 1

    def handle_ttou(self) -> None:
        """Retire a worker, unless it is the last."""
        if self.processes_num > 1:
            self.processes_num -= 1
            self._rollout.end(self._workers[self.processes.pop()])

    def terminate_all(self) -> None:
        for worker in self._workers:
            self._workers.terminate(worker)

    def join_all(self) -> None:
        """Wait for the workers' ends; one that does not end in time, such as a stopped one, is killed."""
        deadline = monotonic() + self._end_seconds
        for worker in self._workers:
            worker.process.process.join(max(0.0, deadline - monotonic()))
            if worker.process.exitcode is None:
                log.warning("worker %s did not end in time: the supervisor killed it", worker.process.pid)
                worker.process.kill()
                worker.process.join()
