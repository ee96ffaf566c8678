"""Forked commands that run while a test does other things: they start in 0.1 s instead of 4."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from testing.forked import PROJECT, piped


class Running:
    """As `subprocess.Popen` of an interpreter with pipes for its output and errors, both as text."""

    def __init__(self, words: tuple[str, ...], environment: dict[str, str]):
        output, writing = os.pipe()
        errors, telling = os.pipe()
        nothing = os.open(os.devnull, os.O_RDONLY)
        self.stdout, self.stderr = os.fdopen(output), os.fdopen(errors)
        self._process = piped(words, environment, PROJECT, nothing, writing, telling)
        assert self._process.pid is not None
        self.pid = self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit status, negative of a signal; None where it still runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """As `returncode`."""
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def wait(self, timeout: float | None = None) -> int:
        """The exit status; raise `subprocess.TimeoutExpired` where it has not ended by then."""
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired("a forked command", timeout or 0.0)
        return self.returncode


@contextmanager
def running(*words: object, **environment: str) -> Iterator[Running]:
    """The command of `-m` and a module, or `-c` and source, with arguments, which is over with the block.

    It has the variables of `environment` besides those of this process.
    """
    command = Running(tuple(map(str, words)), {**os.environ, **environment})
    with command.stdout, command.stderr:
        try:
            yield command
        finally:
            command.kill()
            command.wait()
