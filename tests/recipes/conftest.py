"""Where the recipes are followed: a copy in which README's first command has run, and a new shell for each test."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from steps.run.first_use import one_at_a_time
from tests.recipes.copies import copy_project, copy_trained, prepare, shell_in, small_sample
from tests.recipes.following import follow
from tests.recipes.shell import Shell


@pytest.fixture(scope="session")
def trained(tmp_path_factory) -> Path:
    """A copy in which the champion of README's first command is registered; one for all processes of the tests."""
    folder = tmp_path_factory.getbasetemp()
    folder = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "trained"
    with one_at_a_time(folder):
        done = folder / ".followed"
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of a process that failed
            folder.mkdir()
            copy_project(folder)
            small_sample(folder)
            (output,) = follow(shell_in(folder), "first_hour")
            assert "credit-scoring version 1 is champion" in output
            done.touch()
    return folder


@pytest.fixture(scope="module")
def lender(trained, prepared, tmp_path_factory) -> Path:
    """A copy of it for the tests of a file, with prepared interpreters; README's first command has had real ones."""
    folder = copy_trained(trained, tmp_path_factory.mktemp("copies") / "lender")
    prepare(folder, prepared)
    return folder


@pytest.fixture
def shell(lender) -> Iterator[Shell]:
    """A new shell in it."""
    shell = shell_in(lender)
    yield shell
    shell.close()


@pytest.fixture
def own_policy(lender) -> Iterator[None]:
    """policy.yaml, restored at the end; on few clients each training, and each cost, would demand other fields."""
    file = lender / "policy.yaml"
    before = file.read_text("utf-8")
    file.write_text(re.sub(r"(?m)^most_won_by_omission: \S+", "most_won_by_omission: 0.9", before), "utf-8")
    yield
    file.write_text(before, "utf-8")
