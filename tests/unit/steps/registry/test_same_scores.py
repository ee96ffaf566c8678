"""Artificial applications, on which two versions must have the same probabilities to the last bit."""

import numpy as np
import pandas as pd
import pytest

from custom_model.applications import validate
from custom_model.contract import Contract
from custom_model.ranges import Range, Ranges
from steps.evaluation.in_subprocess import Scored
from steps.registry import same_scores
from steps.registry.same_scores import ROWS, artificial_applications, check_same_scores
from steps.run.console import UserError

CONTRACT = Contract(
    id="client",
    numeric=("income", "children", "days_employed", "unseen"),
    categories={"job": ("cook", "nurse"), "empty": ()},
    required=("income",),
)
RANGES = {
    "income": Range(lowest=0, seen=(10.0, 99.0)),
    "children": Range(lowest=0, seen=(0, 4), whole=True),
    "days_employed": Range(highest=0, seen=(-9_000, -1), special=(365243,)),
}


def test_they_fulfil_the_contract_and_lie_within_what_training_saw():
    table = artificial_applications(CONTRACT, RANGES, seed=1)

    applications, problems = validate(CONTRACT, table)
    ranges = Ranges(CONTRACT, RANGES, beyond=0.0)
    assert problems == []
    assert len(applications) == ROWS
    assert ranges.impossible(applications.values) == []
    assert ranges.unusual(applications.values).seen == {}


def test_they_have_gaps_special_values_and_every_level():
    table = artificial_applications(CONTRACT, RANGES, seed=1)

    assert table["income"].notna().all()  # required
    assert 0 < table["children"].isna().mean() < 0.2
    assert (table["days_employed"] == 365243).any()
    assert set(table["job"]) == {"cook", "nurse", None}
    assert table["empty"].isna().all()
    assert table["client"].isna().all()


def test_the_same_seed_gives_the_same_ones():
    pd.testing.assert_frame_equal(*(artificial_applications(CONTRACT, RANGES, seed=1) for _ in range(2)))


@pytest.fixture
def scores(monkeypatch):
    """The probabilities of each model, in place of those of a subprocess."""
    by_uri = {"one": np.linspace(0.1, 0.9, ROWS), "other": np.linspace(0.1, 0.9, ROWS)}

    def scored(uri, applications):
        return Scored(pd.DataFrame({"probability_of_default": by_uri[uri]}), None)

    monkeypatch.setattr(same_scores, "score_in_subprocess", scored)
    return by_uri


def test_equal_probabilities_pass(scores):
    check_same_scores("one", "other", CONTRACT, RANGES, seed=1)


def test_a_difference_in_the_last_bit_is_an_error(scores):
    scores["other"][7] = np.nextafter(scores["other"][7], 1)

    with pytest.raises(UserError, match="not registered: 1 of 500 artificial applications have another probability"):
        check_same_scores("one", "other", CONTRACT, RANGES, seed=1)
