"""Models scored in forked processes: as in interpreters of their own."""

import subprocess

import pandas as pd
import pytest

from steps.evaluation import in_subprocess
from steps.evaluation.in_subprocess import score_in_subprocess
from steps.run.console import UserError
from testing import forked_interpreters

pytestmark = pytest.mark.slow


@pytest.fixture(params=[subprocess, forked_interpreters], ids=["interpreter", "fork"])
def started(request, monkeypatch):
    """How the process is started."""
    monkeypatch.setattr(in_subprocess, "subprocess", request.param)


@pytest.fixture(scope="module")
def first_decisions():
    """Those of the first way, for the second to be compared with."""
    return []


def test_a_fork_decides_and_examines_as_an_interpreter_bit_for_bit(started, champion, table, first_decisions):
    scored = score_in_subprocess(champion.uri, table.applications, seed=1)

    first_decisions.append(scored)
    expected = first_decisions[0]
    own = ["decision_id"]
    pd.testing.assert_frame_equal(
        scored.decisions.drop(columns=own), expected.decisions.drop(columns=own), check_exact=True
    )
    assert len(scored.decisions) == len(table.applications)
    assert scored.examination == expected.examination


def test_either_ends_with_the_same_error(started, tracking):
    with pytest.raises(UserError, match=r"^there is no registered model unregistered: train one"):
        score_in_subprocess("models:/unregistered/7", pd.DataFrame({"income": [1.0]}))
