"""Stability: shifts against the training, and decisions that small changes turn."""

import numpy as np
import pytest

from steps.evaluation.report.document import LeftOut
from steps.evaluation.report.stability import Stability, field_shifts, score_shift, small_changes
from steps.training.score_reference import score_reference
from tests.unit.steps.evaluation.report.reports import PROBABILITY, inspection
from tests.unit.steps.lender import lender_table

FOLD = np.arange(600) % 5
EVALUATED = np.arange(600) >= 480


def shifts_of(table):
    return {each.field: each for each in field_shifts(table, EVALUATED, ~EVALUATED, inspection(), 5, seed=0).shifts}


def test_the_scores_of_the_reference_itself_have_not_shifted():
    shift = score_shift(PROBABILITY, score_reference(PROBABILITY, FOLD))

    assert shift.index == pytest.approx(0.0, abs=1e-12)
    assert len(shift.folds) == 5


def test_scores_that_moved_by_a_tenth_are_another_population_beyond_chance():
    shift = score_shift(np.minimum(PROBABILITY + 0.1, 1.0), score_reference(PROBABILITY, FOLD))

    assert shift.index > 0.25 > shift.by_chance


def test_a_fold_that_is_scored_unlike_the_others_is_a_warning():
    shifted = np.where(FOLD == 2, np.minimum(2 * PROBABILITY, 1.0), PROBABILITY)
    reference = score_reference(shifted, FOLD)

    warning = Stability(
        score=score_shift(shifted, reference), features=LeftOut(left_out=""), changes=LeftOut(left_out="")
    )

    assert warning.score.verdict == "alike"
    assert warning.score.verdict_of_folds != "alike"
    assert warning.shown().blocks[0].is_warning


def test_a_shift_of_few_clients_that_chance_alone_gives_is_none():
    few = np.random.default_rng(5).permutation(PROBABILITY)[:60]

    shift = score_shift(few, score_reference(PROBABILITY, FOLD))

    assert 0.1 < shift.index < shift.by_chance
    assert shift.verdict == "alike"


def test_a_version_without_a_reference_says_so():
    shift = score_shift(PROBABILITY, None)

    assert isinstance(shift, LeftOut)
    assert "no reference of its score" in shift.left_out


def test_only_the_field_that_shifted_is_reported_as_shifted():
    income = np.random.default_rng(1).lognormal(10, 0.5, 600)
    income[EVALUATED] *= 2

    shifts = shifts_of(lender_table(income=income))

    assert shifts["income"].index > 0.25
    assert shifts["sex"].index < shifts["sex"].by_chance
    assert shifts["income"].worst_fold < shifts["income"].index


def test_values_that_are_missing_now_are_a_shift():
    income = np.random.default_rng(1).lognormal(10, 0.5, 600)
    income[EVALUATED & (np.arange(600) % 2 == 0)] = np.nan

    assert shifts_of(lender_table(income=income))["income"].index > 0.25


def test_a_level_that_training_never_saw_is_a_shift():
    sex = np.where(EVALUATED & (np.arange(600) % 2 == 0), "x", np.where(np.arange(600) % 3, "f", "m"))

    assert shifts_of(lender_table(sex=sex))["sex"].index > 0.25


def test_fields_whose_changes_turn_most_decisions_come_first():
    changes = small_changes(inspection())

    assert [each.field for each in changes.fields] == ["income", "sex"]
    income = changes.fields[0]
    assert income.flipped == {"+1%": 2 / 200, "+5%": 14 / 200}
    assert (income.to_refused, income.to_granted, income.to_referred) == (10, 2, 4)
    assert changes.everything == {"±5%": 14 / 200}


def test_a_model_that_cannot_be_asked_says_so():
    assert isinstance(small_changes(None), LeftOut)
