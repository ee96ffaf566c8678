"""A log that no caller can fill: of each kind of line the first at once, then a count once a minute."""

import logging
import threading
from dataclasses import dataclass

SECONDS = 60.0  # between two lines of a kind


@dataclass
class _Logged:
    reference: str
    left_out: int = 0
    is_timed: bool = False


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
            if logged is None:
                logged = self._kinds[kind] = _Logged(reference)
                self._log.log(self._level, "%s", line)
            else:
                logged.left_out += 1
            if not logged.is_timed:
                self._count_later(kind, logged)
            return logged.reference

    def _count_later(self, kind: str, logged: _Logged) -> None:
        timer = threading.Timer(self._seconds, self._count, (kind,))
        timer.daemon = True
        try:
            timer.start()
            logged.is_timed = True
        except RuntimeError:  # no thread can start: the next line of its kind tries again
            logged.is_timed = False

    def _count(self, kind: str) -> None:
        with self._lock:
            logged = self._kinds[kind]
            if not logged.left_out:
                del self._kinds[kind]
                return
            self._log.log(self._level, "%s: %d more in the last %g s", kind, logged.left_out, self._seconds)
            logged.left_out = 0
            self._count_later(kind, logged)
