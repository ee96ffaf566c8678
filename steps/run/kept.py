"""A command in a process of its own, which ends with the process that started it, even by kill -9; see `keeper`."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

KEEPER = Path(__file__).with_name("keeper.py")


def kept(
    command: list[str], log: BinaryIO, environment: Mapping[str, str], inherited: Mapping[str, str] = os.environ
) -> subprocess.Popen:
    """The keeper of a command, whose output goes to `log`; its exit status is the command's.

    The command has the variables of `environment` besides those that it has inherited.

    Its own command line has nothing of the command's: whoever looks for a server by its port does not find its keeper.
    """
    keeper = subprocess.Popen(
        [sys.executable, "-I", "-S", str(KEEPER)],
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        start_new_session=True,  # so that a Ctrl-C reaches only this process
        env={**inherited, **environment},
    )
    assert keeper.stdin is not None
    keeper.stdin.write(json.dumps(command).encode() + b"\n")
    keeper.stdin.flush()
    return keeper


def end(keeper: subprocess.Popen) -> None:
    """End the command and its workers, by the end of the keeper's input."""
    assert keeper.stdin is not None
    keeper.stdin.close()
    keeper.wait()
