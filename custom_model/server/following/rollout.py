"""A rollout: workers are replaced one by one by those of another release, without waiting for any."""

import logging
from time import monotonic
from typing import NamedTuple

from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Process

from custom_model.server.following.release import Release, remove
from custom_model.server.following.workers import Worker, Workers

START_SECONDS = 300.0  # for a worker to load its model
ATTEMPTS = 3  # starts of a release's workers that may die in a row; one that cannot load its model dies once
LONGEST_DELAY = 30.0  # seconds before a worker that dies at every start is started again

log = logging.getLogger(__name__)


class Outcome(NamedTuple):
    """The end of a rollout: all workers serve the release, or why none does any more."""

    release: Release
    problem: str | None = None


class Rollout:
    """Makes all places have workers of the target.

    A worker is retired once its successor has finished its start-up. Where the target's workers do not start, the
    target becomes the base again, which is what all workers served before; a restart of the base's own workers is
    given up, and those that there are go on.

    Parameters
    ----------
    places
        The supervisor's processes, which this replaces in their places.
    workers
        Starts and ends them.
    release
        What they serve at first.
    retired_seconds
        Within which a retired worker ends; after that it is killed.
    """

    def __init__(self, places: list[Process], workers: Workers, release: Release, retired_seconds: float):
        self._places = places
        self._workers = workers
        self._retired_seconds = retired_seconds
        self.base = self.target = release
        self._releases = {release}
        self._successor: Worker | None = None
        self._outdated: set[Process] = set()  # of the target, to be restarted all the same
        self._retired: dict[Worker, float] = {}  # when to kill it
        self._failed_starts = 0
        self._next_start = 0.0

    def go_to(self, release: Release) -> None:
        """Replace all workers by those of this release, also where another rollout is under way."""
        self.target = release
        self._releases.add(release)
        self._failed_starts, self._next_start = 0, 0.0

    def restart(self) -> None:
        """Replace all workers by new ones of the target."""
        self._outdated = set(self._places)

    def step(self) -> Outcome | None:
        """Do what can be done now; return the outcome of a rollout that has come to its end."""
        self._bury()
        if self._successor is not None:
            return self._check(self._successor)
        place = self._next_place()
        if place is not None:
            return self._start() if monotonic() >= self._next_start else None
        if self.base is not self.target:
            self.base = self.target
            return Outcome(self.base)
        return None

    def release_for(self, dead: Worker) -> Release:
        """What the successor of a dead worker serves: the same, unless that was given up."""
        return dead.release if dead.release in (self.base, self.target) else self.target

    def refuse(self, problem: str) -> Outcome:
        """Go back to the base, as the target's workers cannot start."""
        refused, self.target = self.target, self.base
        self._failed_starts, self._next_start = 0, 0.0
        return Outcome(refused, problem)

    def end(self, worker: Worker) -> None:
        """Retire a worker that is no longer at any place."""
        self._outdated.discard(worker.process)
        self._workers.retire(worker)
        self._retired[worker] = monotonic() + self._retired_seconds

    def _next_place(self) -> int | None:
        for place, process in enumerate(self._places):
            if self._workers[process].release is not self.target or process in self._outdated:
                return place
        return None

    def _check(self, successor: Worker) -> Outcome | None:
        place = self._next_place()
        if successor.release is not self.target or place is None:  # the target has changed meanwhile
            self._successor = None
            self.end(successor)
            return None
        death = successor.death()
        if death is None and monotonic() - successor.started_at > START_SECONDS and not successor.vitals.has_served:
            death = f"did not load its model within {START_SECONDS:.0f} s"
        if death is not None:
            return self._give_up(successor, death)
        if successor.vitals.has_served:
            former = self._workers[self._places[place]]
            self._places[place], self._successor, self._failed_starts = successor.process, None, 0
            self.end(former)
        return None

    def _start(self) -> Outcome | None:
        try:
            self._successor = self._workers.start(self.target)
        except OSError as error:  # too little memory, or too many processes
            return self._fail(f"cannot be started ({error.strerror})")
        return None

    def _give_up(self, successor: Worker, death: str) -> Outcome | None:
        self._successor = None
        self._workers.kill(successor)
        self._workers.forget(successor)
        is_final = successor.process.exitcode == STARTUP_FAILURE
        return self._fail(f"{successor.process.pid} {death}", is_final)

    def _fail(self, problem: str, is_final: bool = False) -> Outcome | None:
        self._failed_starts += 1
        delay = delay_of(self._failed_starts)
        self._next_start = monotonic() + delay
        is_final |= self._failed_starts >= ATTEMPTS
        if is_final and self.target is not self.base:
            log.warning("new worker %s: those before go on", problem)
            return self.refuse(f"its worker {problem}")
        if is_final and self._outdated:
            log.warning("new worker %s: the restart is given up, the workers go on", problem)
            self._outdated.clear()
        else:
            log.warning("new worker %s; another starts after %g s", problem, delay)
        return None

    def _bury(self) -> None:
        """Clear up after retired workers that have ended, and after releases that no worker serves."""
        for worker, deadline in list(self._retired.items()):
            late = worker.process.exitcode is None
            if late and monotonic() < deadline:
                continue
            if late:
                log.warning("worker %s did not end in time: the supervisor killed it", worker.process.pid)
            self._workers.kill(worker)
            self._workers.forget(worker)
            del self._retired[worker]
        served = {self.base, self.target, *(worker.release for worker in self._workers)}
        for release in self._releases - served:
            remove(release)
        self._releases &= served


def delay_of(failed_starts: int) -> float:
    """Seconds before another start after so many in a row that failed: 0, 1, 2, 4 and at most `LONGEST_DELAY`."""
    return min(2.0 ** min(failed_starts - 1, 10), LONGEST_DELAY) if failed_starts else 0.0
