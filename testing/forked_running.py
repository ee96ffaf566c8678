"""Forked commands that run while a test does other things: they start in 0.1 s instead of 4."""

import os
import subprocess
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from typing import IO, Literal, get_args

from testing.forked import PROJECT, piped

Stream = Literal["stdout", "stderr"]
ERRORS = 2


class Running:
    """As `subprocess.Popen` of an interpreter, with pipes of text for the streams in `reads`.

    A stream that nobody reads goes to this process's errors: a full pipe would hold the command.
    """

    stdout: IO[str]
    stderr: IO[str]

    def __init__(self, words: tuple[str, ...], environment: dict[str, str], reads: Collection[Stream]):
        nothing = os.open(os.devnull, os.O_RDONLY)
        streams = [self._piped(each) if each in reads else os.dup(ERRORS) for each in get_args(Stream)]
        self._process = piped(words, environment, PROJECT, nothing, *streams)
        assert self._process.pid is not None
        self.pid = self._process.pid

    def _piped(self, stream: Stream) -> int:
        reading, writing = os.pipe()
        setattr(self, stream, os.fdopen(reading))
        return writing

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
def running(*words: object, reads: Collection[Stream] = (), **environment: str) -> Iterator[Running]:
    """The command of `-m` and a module, or `-c` and source, with arguments, which is over with the block.

    It has the variables of `environment` besides those of this process; the test reads the streams in `reads`.
    """
    command = Running(tuple(map(str, words)), {**os.environ, **environment}, reads)
    with ExitStack() as stack:
        for stream in reads:
            stack.enter_context(getattr(command, stream))
        try:
            yield command
        finally:
            command.kill()
            command.wait()
