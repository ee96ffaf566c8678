"""The recipes as data: every name in them means something."""

import pytest

from steps.tables.aggregation import texts
from steps.tables.home_credit import APPLICATION, home_credit
from steps.tables.recipes import RECIPES, WORDS

RECIPE_LINES = [(name, recipe) for name, made in RECIPES.items() for recipe in made.recipes]


def test_every_table_but_the_application_has_recipes():
    assert [*RECIPES] == [name for name in home_credit() if name != APPLICATION]


@pytest.mark.parametrize(("name", "recipe"), RECIPE_LINES, ids=lambda part: getattr(part, "column", part))
def test_a_recipe_names_a_column_windows_and_functions_that_there_are(name, recipe):
    made = RECIPES[name]

    functions = set(recipe.functions.split())
    assert recipe.column in {"ROWS", *made.values, *home_credit()[name].columns}
    assert set(recipe.windows.replace("/", " ").split()) <= set(made.windows)
    assert functions <= set(WORDS[recipe.scale])
    assert ("WMEAN" in functions) == (recipe.weight in home_credit()[name].columns)
    assert "SLOPE" not in functions or made.time in home_credit()[name].columns
    assert ("COUNT" in recipe.functions.split()) == (recipe.column == "ROWS")


@pytest.mark.parametrize("name", RECIPES)
def test_a_computed_value_or_a_window_is_there_to_be_used(name):
    made = RECIPES[name]

    assert {recipe.column for recipe in made.recipes} >= set(made.values)
    assert {window for recipe in made.recipes for window in recipe.windows.replace("/", " ").split()} >= set(
        made.windows
    )


def test_no_two_tables_share_a_prefix():
    assert len({made.prefix for made in RECIPES.values()}) == len(RECIPES)


def test_all_fields_together_are_between_300_and_700():
    assert 300 <= len(home_credit()[APPLICATION].columns) + len(texts()) <= 700
