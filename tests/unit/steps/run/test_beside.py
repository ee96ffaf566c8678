"""A command that gives way to others is the command itself, with a lower priority."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from steps.run.beside import NICENESS, SESSION
from steps.run.serving import giving_way


@pytest.mark.parametrize("is_session", [True, False])
def test_a_session_of_its_own_gives_way_and_no_other_one(is_session):
    if not os.path.exists(SESSION):
        pytest.skip(f"{SESSION}: this Linux does not weigh sessions")
    command = giving_way([sys.executable, "-c", f"print(open({SESSION!r}).read())"])
    before = Path(SESSION).read_text().split()[-1]

    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, start_new_session=is_session, check=True)

    assert run.stdout.split()[-1] == (str(NICENESS) if is_session else before)
    assert Path(SESSION).read_text().split()[-1] == before


def test_the_command_replaces_it_and_gives_way():
    source = "import os, sys; print(os.getpid(), os.nice(0), sys.argv[1:])"
    before = os.nice(0)

    with subprocess.Popen(
        giving_way([sys.executable, "-c", source, "a", "b c"]), stdout=subprocess.PIPE, text=True
    ) as run:
        output, _ = run.communicate()

    assert output == f"{run.pid} {min(before + NICENESS, 19)} ['a', 'b c']\n"
