"""Models scored in forked processes: as in interpreters of their own."""

import json
import subprocess

import pandas as pd
import pyarrow as pa
import pytest

from steps.evaluation import in_subprocess
from steps.evaluation.in_subprocess import score_in_subprocess
from steps.run.console import UserError
from steps.traffic import answering
from steps.traffic.answering import answering_processes
from steps.traffic.own_code import REQUESTS
from testing import forked_interpreters

pytestmark = pytest.mark.slow


@pytest.fixture(params=[subprocess, forked_interpreters], ids=["interpreter", "fork"])
def started(request, monkeypatch):
    """How the process is started."""
    for module in (in_subprocess, answering):
        monkeypatch.setattr(module, "subprocess", request.param)


@pytest.fixture(scope="module")
def first_decisions():
    """Those of the first way, for the second to be compared with."""
    return []


@pytest.fixture(scope="module")
def first_answers():
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


def test_a_fork_answers_batch_after_batch_as_an_interpreter_bit_for_bit(started, champion, applications, first_answers):
    rows = [
        {"fields": json.dumps(each), "history_fields": None, "nulls": "[]", "threshold": None, "explained": True}
        for each in applications
    ]
    batch = pa.RecordBatch.from_pylist(rows, schema=REQUESTS)

    with answering_processes("steps.traffic.own_code", [champion.uri, "[]"], REQUESTS, "it broke off", 1) as ask:
        answers = [ask(batch.slice(start, 25)).result() for start in (0, 25)]

    first_answers.append(pa.Table.from_batches(answers))
    assert len(first_answers[-1]) == len(applications)
    assert set(first_answers[-1]["decision"].to_pylist()) <= {"granted", "refused", "referred"}
    assert first_answers[-1].equals(first_answers[0])


def test_either_ends_with_the_same_error_where_it_cannot_begin(started, tracking):
    nothing = pa.RecordBatch.from_pylist([], schema=REQUESTS)

    with (
        answering_processes("steps.traffic.own_code", ["models:/nobody/1", "[]"], REQUESTS, "it broke off", 1) as ask,
        pytest.raises(UserError, match=r"^there is no registered model nobody"),
    ):
        ask(nothing).result()
