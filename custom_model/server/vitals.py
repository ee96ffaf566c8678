"""The signs of life of a worker: its answers to the supervisor, and whether it runs."""

from enum import Enum, auto
from pathlib import Path
from time import monotonic
from typing import NamedTuple, Protocol

WAITS_FOR_DISK = -1  # in place of a CPU time


class Patience(NamedTuple):
    """Seconds without an answer after which a worker is given up."""

    idle: float = 5.0  # and without running
    busy: float = 60.0  # though it runs: nothing that a request may ask takes that long
    unknown: float = 30.0  # where the system does not say whether a process runs (no /proc)


class Pipe(Protocol):
    """The supervisor's end of the pipe to a worker, which answers each `ping` from a thread of its own."""

    def send(self, message: object, /) -> None: ...
    def poll(self, timeout: float = 0.0, /) -> bool: ...
    def recv(self) -> object: ...


class State(Enum):
    """What a worker is taken for."""

    ANSWERS = auto()
    BUSY = auto()
    DEAD = auto()  # it neither answers nor runs
    STUCK = auto()  # it runs without an answer beyond any request's time


class Vitals:
    """Asks a worker again and again whether it is alive, without waiting for it.

    A worker cannot answer while a C extension holds Python's lock, as a JSON parser does for seconds: it is busy while
    its CPU time advances or it waits for a disk.

    Parameters
    ----------
    process : int
        The worker's process id.
    pipe : Pipe
        The pipe of uvicorn's own health check.
    patience : Patience
        How long its silence is borne.
    """

    def __init__(self, process: int, pipe: Pipe, patience: Patience):
        self._process = process
        self._pipe = pipe
        self._patience = patience
        self._answered_at = self._ran_at = monotonic()
        self._cpu = 0
        self._is_asked = False
        self.has_served = False  # whether it ever finished its start-up

    @property
    def silence(self) -> float:
        """Seconds since the last answer."""
        return monotonic() - self._answered_at

    def check(self) -> State:
        """Take in an answer, ask again, and judge."""
        try:
            while self._pipe.poll():
                self.has_served |= self._pipe.recv() is True
                self._answered_at, self._is_asked = monotonic(), False
            if not self._is_asked:
                self._pipe.send(b"ping")
                self._is_asked = True
        except (OSError, EOFError):
            pass  # it has ended, or its answer is damaged: it is silent from now on
        return self._judge()

    def _judge(self) -> State:
        now = monotonic()
        cpu = cpu_ticks(self._process)
        if cpu in (None, WAITS_FOR_DISK):
            self._ran_at = now
        elif cpu != self._cpu:
            self._cpu, self._ran_at = cpu, now
        if self.silence <= self._patience.idle:
            return State.ANSWERS
        if now - self._ran_at > self._patience.idle:
            return State.DEAD
        longest = self._patience.unknown if cpu is None else self._patience.busy
        return State.STUCK if self.silence > longest else State.BUSY


def cpu_ticks(process: int) -> int | None:
    """The CPU time of a process's threads, in ticks of the system; `WAITS_FOR_DISK` while it does so.

    None where there is no /proc, or no such process.
    """
    try:
        text = Path(f"/proc/{process}/stat").read_text("ascii", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()  # the name before may have spaces and brackets (proc(5))
    return WAITS_FOR_DISK if fields[0] == "D" else int(fields[11]) + int(fields[12])
