"""From past loans to one row a client: the recipes as Ibis expressions, for DuckDB and Spark alike."""

from collections.abc import Iterator

from ibis import Table, Value

from steps.home_credit import ID
from steps.recipes import RECIPES, WORDS, Recipe, TableRecipes

# Sums are taken over whole millionths: adding integers is exact in any order, so that the table is the
# same from either engine, any number of threads and any run.
UNITS = 1e6


def aggregate(name: str, table: Table) -> Table:
    """One row a client with every feature of this table's recipes; `table` has a column SK_ID_CURR."""
    made = RECIPES[name]
    rows = table.mutate(**{value: compute(table) for value, compute in made.values.items()})
    expressions = {
        feature: _expression(rows, recipe, function, made.windows[window][0])
        for feature, recipe, function, window in _features(made)
    }
    return rows.group_by(ID).aggregate(**expressions)


def texts() -> dict[str, tuple[str, str, str]]:
    """Code, words and scale of the reason that each history feature can give, in the order of the columns."""
    return {
        feature: (recipe.code, _words(recipe, function, made.windows[window][1]), recipe.scale)
        for made in RECIPES.values()
        for feature, recipe, function, window in _features(made)
    }


def _features(made: TableRecipes) -> Iterator[tuple[str, Recipe, str, str]]:
    for recipe in made.recipes:
        for function in recipe.functions.split():
            for window in recipe.windows.split():
                yield f"{made.prefix}_{recipe.column}_{function}_{window}", recipe, function, window


def _words(recipe: Recipe, function: str, window: str) -> str:
    return " ".join(f"{recipe.text}, {WORDS[recipe.scale][function]} {window}".split())


def _expression(rows: Table, recipe: Recipe, function: str, window) -> Value:
    where = None if window is None else window(rows)
    if function == "COUNT":
        return rows.count(where=where).cast("float64")
    column = rows[recipe.column].cast("float64")
    if function == "MIN":
        return column.min(where=where)
    if function == "MAX":
        return column.max(where=where)
    total = (column * UNITS + 0.5).floor().cast("int64").sum(where=where).cast("float64") / UNITS
    return total if function == "SUM" else total / column.count(where=where).nullif(0).cast("float64")
