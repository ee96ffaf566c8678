"""The inputs of custom_model's derived features exist in the feature table.

custom_model/derived.py names them as text, since it may not import the recipes; a renamed recipe would silently
cost the features derived from it.
"""

import pytest

from custom_model.derived import GROUPS
from steps.tables.aggregation import features_of
from steps.tables.home_credit import APPLICATION, home_credit
from steps.tables.recipes import RECIPES

INPUTS = sorted({name for group in GROUPS for name in group.inputs})
NUMBERS = {name for name, column in home_credit()[APPLICATION].columns.items() if column["kind"] != "text"}
HISTORY = {feature for recipes in RECIPES.values() for feature, *_ in features_of(recipes)}


@pytest.mark.parametrize("name", INPUTS)
def test_every_input_of_a_derived_feature_is_a_number_of_the_application_or_a_recipes_feature(name):
    assert name in NUMBERS | HISTORY


def test_some_inputs_are_recipes_features():
    assert len(HISTORY.intersection(INPUTS)) >= 4
