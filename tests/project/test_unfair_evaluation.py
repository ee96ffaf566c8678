"""Evaluation refuses what would mislead: clients that the training saw, and another lender's model."""

import pytest

from steps.evaluate import evaluate
from steps.evaluation.on_holdout import Part
from steps.run.console import UserError
from steps.run.policy import read_policy
from steps.run.settings import Settings
from tests.unit.steps.lender import lender_table

pytestmark = pytest.mark.slow


def test_all_clients_of_the_table_that_the_model_was_trained_on_are_refused(champion, table):
    with pytest.raises(
        UserError, match=f"^part: {champion.uri} was trained on clients of {table.path.name}: .*holdout"
    ):
        evaluate(champion.uri, table, Settings(), read_policy(), Part.all)


def test_a_model_of_another_lender_is_refused_with_the_fields_that_the_data_lacks(champion):
    with pytest.raises(UserError, match=f"^{champion.uri} decides on .* fields, of which this data lacks .*AMT_CREDIT"):
        evaluate(champion.uri, lender_table(), Settings(), read_policy())
