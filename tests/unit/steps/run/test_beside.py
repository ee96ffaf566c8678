"""A command that gives way to others is the command itself, with a lower priority."""

import os
import subprocess
import sys

import pytest

from steps.run.beside import NICENESS, SESSION
from steps.run.serving import giving_way


@pytest.mark.parametrize("is_session", [True, False])
def test_a_session_of_its_own_gives_way_and_no_other_one(is_session):
    if not weight_of_session(["cat", SESSION], start_new_session=True):
        pytest.skip(f"{SESSION}: this Linux does not weigh sessions")
    before = weight_of_session(["cat", SESSION])  # nothing in the session of the first process

    weight = weight_of_session(giving_way(["cat", SESSION]), start_new_session=is_session)

    assert weight == (str(NICENESS) if is_session else before)
    assert weight_of_session(["cat", SESSION]) == before


def weight_of_session(command: list[str], start_new_session: bool = False) -> str:
    printed = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, start_new_session=start_new_session, check=False
    ).stdout
    return printed.rpartition(" ")[-1].strip()


def test_the_command_replaces_it_and_gives_way():
    source = "import os, sys; print(os.getpid(), os.nice(0), sys.argv[1:])"
    before = os.nice(0)

    with subprocess.Popen(
        giving_way([sys.executable, "-c", source, "a", "b c"]), stdout=subprocess.PIPE, text=True
    ) as run:
        output, _ = run.communicate()

    assert output == f"{run.pid} {min(before + NICENESS, 19)} ['a', 'b c']\n"
