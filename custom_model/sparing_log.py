"""A log that no caller can fill: of each kind of line the first at once, then a count once a minute."""

import logging
import threading
from dataclasses import dataclass

SECONDS = 60.0  # between two lines of a kind


@dataclass
class _Logged:
    reference: str
    left_out: int = 0


class SparingLog:
    """Writes lines to a logger; a line of the same kind within `seconds` is counted in place of written.

    The count is written when the seconds are over, by a thread that sleeps until then, and counting goes on until a
    minute passes without such a line. Kinds come from the code, never from a request: each has a thread.
    """

    def __init__(self, log: logging.Logger, level: int, seconds: float = SECONDS):
        self._log = log
        self._level = level
        self._seconds = seconds
        self._kinds: dict[str, _Logged] = {}
        self._lock = threading.Lock()

    def write(self, kind: str, line: str, reference: str = "") -> str:
        """Write a line or count it; return the reference of the line of its kind that is in the log."""
        with self._lock:
            logged = self._kinds.get(kind)
            if logged is not None:
                logged.left_out += 1
                return logged.reference
            self._kinds[kind] = _Logged(reference)
            self._log.log(self._level, "%s", line)
        self._count_later(kind)
        return reference

    def _count_later(self, kind: str) -> None:
        timer = threading.Timer(self._seconds, self._count, (kind,))
        timer.daemon = True
        timer.start()

    def _count(self, kind: str) -> None:
        with self._lock:
            left_out = self._kinds[kind].left_out
            if not left_out:
                del self._kinds[kind]
                return
            self._kinds[kind].left_out = 0
            self._log.log(self._level, "%s: %d more in the last %g s", kind, left_out, self._seconds)
        self._count_later(kind)
