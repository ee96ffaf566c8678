"""A command that gives way to others is the command itself, with a lower priority."""

import os
import subprocess
import sys

from steps.run.beside import NICENESS
from steps.run.serving import beside


def test_the_command_replaces_it_and_gives_way():
    source = "import os, sys; print(os.getpid(), os.nice(0), sys.argv[1:])"
    before = os.nice(0)

    with subprocess.Popen(beside([sys.executable, "-c", source, "a", "b c"]), stdout=subprocess.PIPE, text=True) as run:
        output, _ = run.communicate()

    assert output == f"{run.pid} {min(before + NICENESS, 19)} ['a', 'b c']\n"
