"""`subprocess.run` for code that starts interpreters with modules of the project: it forks them."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from testing.forked import completed

INTERPRETER = sys.executable


def run(command: list[str], **options: Any) -> "subprocess.CompletedProcess[str]":
    """As `subprocess.run`; an interpreter of this environment that runs a module is forked, with its files and input.

    Files are given by their paths among this process's descriptors, /dev/fd/N.
    """
    if command[:2] != [INTERPRETER, "-m"]:
        return subprocess.run(command, **options)
    assert options["capture_output"]
    assert options["text"]
    own = f"/proc/{os.getpid()}/fd"
    words = tuple(word.replace("/dev/fd", own) for word in command[1:])
    return completed(words, options["env"], Path(options["cwd"]), input=f"{own}/{options['stdin']}")
