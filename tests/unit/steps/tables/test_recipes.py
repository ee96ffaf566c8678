"""Recipes: all names exist and are used."""

import pytest

from steps.tables.aggregates import AGGREGATES
from steps.tables.aggregation import history_meanings
from steps.tables.home_credit import APPLICATION, home_credit
from steps.tables.recipes import RECIPES, Recipe

RECIPE_LINES = [(name, recipe) for name, table in RECIPES.items() for recipe in table.recipes]


def test_every_table_but_the_application_has_recipes():
    assert [*RECIPES] == [name for name in home_credit() if name != APPLICATION]


@pytest.mark.parametrize(("name", "recipe"), RECIPE_LINES, ids=lambda part: getattr(part, "column", part))
def test_a_recipe_names_a_column_windows_and_functions_that_there_are(name, recipe):
    table = RECIPES[name]

    functions = set(recipe.functions.split())
    assert recipe.column in {"ROWS", *table.values, *home_credit()[name].columns}
    assert set(recipe.windows.replace("/", " ").split()) <= set(table.windows)
    assert functions <= {name for name, aggregate in AGGREGATES.items() if recipe.scale in aggregate.words}
    assert ("WMEAN" in functions) == (recipe.weight in home_credit()[name].columns)
    assert "SLOPE" not in functions or table.time in home_credit()[name].columns
    assert ("COUNT" in recipe.functions.split()) == (recipe.column == "ROWS")


@pytest.mark.parametrize("name", RECIPES)
def test_a_computed_value_or_a_window_is_there_to_be_used(name):
    table = RECIPES[name]

    assert {recipe.column for recipe in table.recipes} >= set(table.values)
    assert {window for recipe in table.recipes for window in recipe.windows.replace("/", " ").split()} >= set(
        table.windows
    )


def test_no_two_tables_share_a_prefix():
    assert len({table.prefix for table in RECIPES.values()}) == len(RECIPES)


def test_all_fields_together_are_between_300_and_700():
    assert 300 <= len(home_credit()[APPLICATION].columns) + len(history_meanings()) <= 700


def test_an_unknown_function_is_an_error_at_once_that_names_it():
    with pytest.raises(ValueError, match=r"recipe of AMT_CREDIT: expected one of COUNT, SUM, .*, got MEDIAN"):
        Recipe("AMT_CREDIT", "MEAN MEDIAN", "ALL", "CODE", "Credit")


@pytest.mark.parametrize("scale", ["days", "weeks"])
def test_a_function_without_words_for_the_scale_is_an_error_at_once(scale):
    with pytest.raises(ValueError, match=f"recipe of DAYS_CREDIT: SUM has no words for the scale '{scale}'"):
        Recipe("DAYS_CREDIT", "SUM", "ALL", "CODE", "Start of loans", scale)
