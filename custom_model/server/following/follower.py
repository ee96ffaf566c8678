"""The follower: a thread that asks the registry, and prepares what the alias points to."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf
from threading import Event, Lock, Thread
from time import monotonic
from typing import Protocol

from custom_model.server.following.alias import Pointed, RegistryDown
from custom_model.server.following.problems import Refused, Unreachable
from custom_model.server.following.release import Release, remove
from custom_model.server.following.status import Status

LONGEST_DELAY = 300.0  # seconds before a version is tried again that could not be reached
SILENT = 30.0  # seconds after which a registry that has not answered counts as down
FAULT = "a fault of the server: its log has the trace"
END_SECONDS = 15.0  # for the thread to end; it is waited for no longer

Prepare = Callable[[Pointed], Release]

log = logging.getLogger(__name__)


class Registry(Protocol):
    """Whom the follower asks: an `Alias`."""

    def ask(self) -> Pointed: ...


class Follower:
    """Prepares releases one after the other; the supervisor takes each that is proven, and reports what came of it.

    Parameters
    ----------
    registry
        Its `ask` raises `RegistryDown`.
    prepare
        Downloads and proves a version; raises `Refused` or `Unreachable`.
    served
        What the server started with.
    status
        Where everything is reported.
    seconds
        Between two questions.
    """

    def __init__(
        self, registry: Registry, prepare: Prepare, served: Release, status: Status, seconds: float, ends: Event
    ):
        self._registry = registry
        self._prepare = prepare
        self._status = status
        self.seconds = seconds
        self._ends = ends
        self._lock = Lock()  # of all below
        self._proven: Release | None = None
        self._target = self._settled = served  # what the workers shall serve, and what all of them do
        self._failure: Failure | None = None
        self._asked_at: float | None = None
        self._thread = Thread(target=self._run, name="follower", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End the thread, and the processes that it has started; a registry's answer is not waited for."""
        self._ends.set()
        if self._asked_at is None:
            self._thread.join(END_SECONDS)

    def take(self) -> Release | None:
        """A release that is proven, once; also reports a registry that does not answer."""
        asked_at = self._asked_at
        if asked_at is not None and monotonic() - asked_at > SILENT:
            self._asked_at = monotonic()
            self._status.fails("registry", f"the registry has not answered for {SILENT:.0f} s")
        with self._lock:
            proven, self._proven = self._proven, None
            if proven is not None:
                self._target = proven
            return proven

    def settled(self, release: Release) -> None:
        """All workers serve the release."""
        with self._lock:
            former, self._settled = self._settled, release
        self._status.took_over(release.label, former.label)

    def refused(self, release: Release, problem: str) -> None:
        """Workers of the release did not start; those of the release before go on."""
        failure = None if release.pointed is None else Failure(release.pointed, problem)
        with self._lock:
            self._target = self._settled
            self._failure = failure or self._failure
        if failure is not None:
            self._status.fails("version", failure.sentence, failure.pointed.version)

    def _run(self) -> None:
        while True:
            try:
                self.follow()
            except Exception:  # of any kind: a thread that ends would leave the alias unfollowed without a word
                log.exception("the alias could not be followed")
                self._status.fails("version", FAULT)
            if self._ends.wait(self.seconds):
                return

    def follow(self) -> None:
        """Ask once, and prepare the version that the alias points to where it is another."""
        pointed = self._ask()
        if pointed is None:
            return
        failure = self._failure
        if self._decides(pointed):
            self._status.follows(pointed.version)
        elif failure is not None and failure.pointed == pointed and monotonic() < failure.again_at:
            self._status.remains(failure.sentence, pointed.version)  # also after a registry that was down
        else:
            self._try(pointed)

    def _ask(self) -> Pointed | None:
        self._asked_at = monotonic()
        try:
            return self._registry.ask()
        except RegistryDown as error:
            self._status.fails("registry", str(error))
            return None
        finally:
            self._asked_at = None

    def _decides(self, pointed: Pointed) -> bool:
        """Whether the workers serve this version, or are about to: then no failure counts any more."""
        with self._lock:  # also for the failure: the workers may refuse the version at any time
            newest = self._proven or self._target
            if newest.pointed is None and newest.label.endswith(f"/{pointed.version}"):
                newest.pointed = pointed  # of the release that the server started with
            decides = newest.pointed == pointed
            if decides:
                self._failure = None
            return decides

    def _try(self, pointed: Pointed) -> None:
        try:
            release = self._prepare(pointed)
        except Refused as error:
            self._fail(Failure(pointed, str(error)))
            return
        except Unreachable as error:
            if not self._ends.is_set():
                self._fail(Failure(pointed, str(error)).to_try_again(self._failure, self.seconds))
            return
        except Exception:  # of any kind: it would be downloaded at every question
            log.exception("version %s could not be prepared", pointed.version)
            self._fail(Failure(pointed, FAULT).to_try_again(self._failure, self.seconds))
            return
        if (self._ask() or pointed) != pointed:  # it has moved meanwhile
            remove(release)
            return
        with self._lock:
            passed_over, self._proven = self._proven, release
        self._failure = None
        if passed_over is not None:
            remove(passed_over)
        self._status.follows(pointed.version)

    def _fail(self, failure: "Failure") -> None:
        self._failure = failure
        self._status.fails("version", failure.sentence, failure.pointed.version)


@dataclass(frozen=True)
class Failure:
    """Why a version does not decide, and when it is tried again: by default only after the alias has moved."""

    pointed: Pointed
    problem: str
    delay: float = inf  # seconds
    again_at: float = inf

    @property
    def sentence(self) -> str:
        return f"version {self.pointed.version}: {self.problem}"

    def to_try_again(self, former: "Failure | None", seconds: float) -> "Failure":
        """The failure, to be tried again: after twice the delay before, if it is of the same version."""
        is_again = former is not None and former.pointed == self.pointed and former.delay < inf
        delay = min(2 * former.delay, LONGEST_DELAY) if is_again and former is not None else seconds
        return replace(self, delay=delay, again_at=monotonic() + delay)
