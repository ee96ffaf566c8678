"""The clients of an evaluation."""

import numpy as np
import pytest

from steps.evaluation.on_holdout import Part, holdout
from steps.run.console import UserError
from steps.run.settings import Settings
from steps.training.holdout import is_holdout
from tests.unit.steps.evaluations import calibrated_clients, evaluation_of
from tests.unit.steps.lender import lender_table


def test_models_are_judged_by_the_clients_that_training_never_sees():
    table = lender_table()

    rows = holdout(table, Settings().holdout_percent)

    assert (rows == is_holdout(table.frame["client"], Settings().holdout_percent)).all()
    assert 0 < rows.sum() < len(rows)


def test_a_table_that_no_training_has_had_may_be_judged_by_as_a_whole():
    assert holdout(lender_table(), Settings().holdout_percent, Part.all).all()


def test_clients_held_out_who_all_ended_alike_cannot_tell_a_good_model():
    on_holdout = is_holdout(lender_table().frame["client"], Settings().holdout_percent)
    table = lender_table(bad=np.where(on_holdout, 0, np.arange(600) % 2))

    with pytest.raises(
        UserError, match=f"expected defaults and good clients among the {on_holdout.sum()} to evaluate on"
    ):
        holdout(table, Settings().holdout_percent)


def test_an_evaluation_has_the_threshold_and_the_probabilities_of_its_decisions():
    probability, target = calibrated_clients()

    evaluation = evaluation_of(probability, target, threshold=0.2)

    assert evaluation.threshold == 0.2
    assert evaluation.probability.tolist() == probability.tolist()
