"""From past loans to one row per client: the recipes as Ibis expressions, for DuckDB and Spark."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ibis import Table, Value

from custom_model.meanings import Meaning
from steps.tables.aggregates import AGGREGATES, Aggregate, Terms, positive
from steps.tables.home_credit import ID, home_credit
from steps.tables.measures import Measure
from steps.tables.recipes import RECIPES, Recipe, TableRecipes


class Feature(NamedTuple):
    """A column of the feature table: a recipe with one of its functions and one of its windows.

    `window` names one window, or two as in `D90/D365`.
    """

    name: str
    recipe: Recipe
    function: str
    window: str


def link_loans(tables: Mapping[str, Table]) -> dict[str, Table]:
    """The tables; monthly balances also have columns of their loan: the client, or the annuity."""
    loans = tables["bureau"].select("SK_ID_BUREAU", ID)
    annuities = tables["previous_application"].select(ID, "SK_ID_PREV", LOAN_ANNUITY="AMT_ANNUITY")
    months = tables["POS_CASH_balance"].left_join(annuities, [ID, "SK_ID_PREV"])
    return {
        **tables,
        "bureau_balance": tables["bureau_balance"].inner_join(loans, "SK_ID_BUREAU"),
        "POS_CASH_balance": months.drop(f"{ID}_right", "SK_ID_PREV_right"),
    }


def aggregate(recipes: TableRecipes, table: Table) -> Table:
    """The features of one table.

    Parameters
    ----------
    recipes : TableRecipes
        The recipes of the table.
    table : ibis.Table
        The table as `link_loans` returns it, with the client's id in every row.

    Returns
    -------
    ibis.Table
        One row per client of the table, in any order: the id, then `features_of(recipes)`, float64. For a client
        without rows in a window, counts are 0 and other features null.
    """
    positioned = table.mutate(**{name: compute(table) for name, compute in recipes.positions.items()})
    rows = positioned.mutate(**{name: compute(positioned) for name, compute in recipes.values.items()})
    features = list(features_of(recipes))
    windows = {part: recipes.windows[part].contains for *_, window in features for part in window.split("/")}
    columns: dict[str, Value] = {
        _flag(window): contains(rows).fill_null(False) for window, contains in windows.items() if contains is not None
    }
    for feature in features:
        columns |= _aggregate_of(feature, recipes).terms(rows)
    terms = rows.select(ID, **columns)
    return terms.group_by(ID).aggregate(
        **{feature.name: _value(terms, _aggregate_of(feature, recipes), feature.window) for feature in features}
    )


def history_meanings(recipes: Mapping[str, TableRecipes] = RECIPES) -> dict[str, Meaning]:
    """The meanings of the history features.

    Parameters
    ----------
    recipes : Mapping[str, TableRecipes]
        The recipes of each table, by the table's name.

    Returns
    -------
    dict[str, Meaning]
        By feature, in the order of the columns: BUREAU_AMT_CREDIT_SUM_SUM_M12 has the topic BUREAU_DEBT, the
        description "Credit elsewhere, total in the last 12 months.", the unit "amount of money" and the lowest value 0.
    """
    return {
        feature.name: _meaning(feature, table, home_credit()[name].measures)
        for name, table in recipes.items()
        for feature in features_of(table)
    }


def features_of(recipes: TableRecipes) -> Iterator[Feature]:
    """The features of one table.

    Parameters
    ----------
    recipes : TableRecipes
        The recipes of the table.

    Yields
    ------
    Feature
        Each combination of a recipe with its functions and windows, in the order of the columns. A recipe with the
        functions "MEAN MAX" and the windows "ALL D90" yields MEAN_ALL, MEAN_D90, MAX_ALL and MAX_D90.
    """
    for recipe in recipes.recipes:
        for function in recipe.functions.split():
            for window in recipe.windows.split():
                name = f"{recipes.prefix}_{recipe.column}_{function}_{window.replace('/', '_TO_')}"
                yield Feature(name, recipe, function, window)


def _meaning(feature: Feature, recipes: TableRecipes, stored: Mapping[str, Measure]) -> Meaning:
    measure = _aggregate_of(feature, recipes).measure(recipes.measure(feature.recipe.column, stored))
    if "/" in feature.window:
        measure = measure.ratio()
    return Meaning(
        description=f"{_words(feature, recipes)}.",
        topic=recipes.windows[feature.window.split("/")[0]].topic or feature.recipe.topic,
        **measure._asdict(),
    )


def _words(feature: Feature, recipes: TableRecipes) -> str:
    window = " compared with ".join(recipes.windows[part].words for part in feature.window.split("/"))
    function = AGGREGATES[feature.function].words[feature.recipe.scale]
    return " ".join(f"{feature.recipe.text}, {function} {window.replace('with in', 'with')}".split())


def _aggregate_of(feature: Feature, recipes: TableRecipes) -> Aggregate:
    return AGGREGATES[feature.function](feature.recipe.column, feature.recipe.weight, recipes.time)


def _value(terms: Table, function: Aggregate, window: str) -> Value:
    """An aggregate over a window, or over the first of two windows divided by the same over the second."""
    first, *second = (function.value(Terms(terms, _flag(part))) for part in window.split("/"))
    return first / positive(second[0]) if second else first


def _flag(window: str) -> str:
    return f"in {window}"
