"""`subprocess.run` and `Popen` for code that starts interpreters with modules of the project: they fork them.

Files are given by their paths among this process's descriptors, /dev/fd/N.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from testing.forked import completed, piped

INTERPRETER = sys.executable
PIPE, TimeoutExpired = subprocess.PIPE, subprocess.TimeoutExpired
OWN = f"/proc/{os.getpid()}/fd"


def run(command: list[str], **options: Any) -> "subprocess.CompletedProcess[str]":
    """As `subprocess.run`; an interpreter of this environment that runs a module is forked, with files and input."""
    if command[:2] != [INTERPRETER, "-m"]:
        return subprocess.run(command, **options)
    assert options["capture_output"]
    assert options["text"]
    words = tuple(word.replace("/dev/fd", OWN) for word in command[1:])
    return completed(words, options["env"], Path(options["cwd"]), input=f"{OWN}/{options['stdin']}")


class Popen:
    """As `subprocess.Popen` of an interpreter that runs a module, with pipes for its input and output: it is forked."""

    def __init__(
        self, command: list[str], cwd: Path, env: Mapping[str, str], stdin: int, stdout: int, stderr: IO[bytes]
    ):
        assert command[:2] == [INTERPRETER, "-m"]
        assert (stdin, stdout) == (PIPE, PIPE)
        reading, to = os.pipe()
        source, writing = os.pipe()
        self.stdin, self.stdout = os.fdopen(to, "wb"), os.fdopen(source, "rb")
        self._process = piped(tuple(command[1:]), env, cwd, reading, writing, os.dup(stderr.fileno()))

    def wait(self, timeout: float | None = None) -> int:
        """The exit status; raise `TimeoutExpired` where the process has not ended by then."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise TimeoutExpired("a forked interpreter", timeout or 0.0)
        return self._process.exitcode

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()
