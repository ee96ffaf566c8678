"""The action that a desk carries out: a command of the project in a process of its own, one at a time.

It ends with the desk, even where that is killed: nothing acts that nobody can see. A promotion, approval or rollback
that is cut off so has changed nothing, or the next command completes it: the ledger says which.
"""

import os
import tempfile
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO

from desk.problems import Problem
from steps.run.kept import kept

LAST_BYTES = 20_000  # of the output, which a page shows
REMEMBERED = 1_000  # forms that have acted, so that none does so twice


@dataclass(frozen=True)
class Order:
    """What a person has confirmed.

    Attributes
    ----------
    kind, version, person
        approve, promote, judge (a promotion's dry run) or rollback; the version; who asked for it.
    command, environment
        Arguments of the command, and its variables beside the desk's own.
    """

    kind: str
    version: str
    person: str
    command: Sequence[str]
    environment: Mapping[str, str]


class Action:
    """An order under way, or done."""

    def __init__(self, order: Order):
        self.order = order
        self.since = datetime.now(UTC)
        self._output: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115  # read as long as the action is shown
        self.keeper = kept(list(order.command), self._output, dict(order.environment))

    @property
    def status(self) -> int | None:
        """The command's exit status; None while it runs."""
        return self.keeper.poll()

    @property
    def lines(self) -> list[str]:
        """The last lines of its output, each as it stands after what overwrote it, such as a bar of progress."""
        size = os.fstat(self._output.fileno()).st_size
        start = max(size - LAST_BYTES, 0)
        text = os.pread(self._output.fileno(), LAST_BYTES, start).decode(errors="replace")
        lines = [line.rsplit("\r", 1)[-1] for line in text.replace("\r\n", "\n").split("\n") if line]
        return lines[1:] if start else lines


class Actions:
    """The actions of a desk; each method may be called by any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: Action | None = None
        self._taken: deque[str] = deque(maxlen=REMEMBERED)

    @property
    def last(self) -> Action | None:
        """The action under way, or the last one; None since this desk started."""
        return self._last

    def take(self, order: Order, ticket: str) -> None:
        """Start the action, unless the form of this ticket has already started one.

        Raises `Problem` while another action is under way.
        """
        with self._lock:
            if ticket in self._taken:
                return
            if self._last is not None and self._last.status is None:
                other = self._last.order
                raise Problem("models.busy", 409, action=f"models.kind.{other.kind}", version=other.version)
            self._last = Action(order)
            self._taken.append(ticket)
