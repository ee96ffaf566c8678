"""From past loans to one row a client: the recipes as Ibis expressions, for DuckDB and Spark alike."""

from collections.abc import Iterator, Mapping

import ibis
from ibis import Table, Value

from steps.tables.home_credit import ID
from steps.tables.recipes import RECIPES, WORDS, Recipe, TableRecipes

# Sums are taken over whole millionths: adding integers is exact in any order, so that the table is the
# same from either engine, any number of threads and any run. What is larger than any real amount or
# ratio counts as this much, so that no sum outgrows 64 bits; products of two have limits of their own.
UNITS = 1e6
MOST = 1e10
WEIGHED_UNITS, MOST_WEIGHED = 1e3, 1e13
MOST_ON_LINE, MOST_TIME = 1e6, 1e5


def linked(tables: Mapping[str, Table]) -> dict[str, Table]:
    """The tables, with the columns that a monthly balance needs of its loan: whose it is, and its annuity."""
    loans = tables["bureau"].select("SK_ID_BUREAU", ID)
    annuities = tables["previous_application"].select(ID, "SK_ID_PREV", LOAN_ANNUITY="AMT_ANNUITY")
    months = tables["POS_CASH_balance"].left_join(annuities, [ID, "SK_ID_PREV"])
    return {
        **tables,
        "bureau_balance": tables["bureau_balance"].inner_join(loans, "SK_ID_BUREAU"),
        "POS_CASH_balance": months.drop(f"{ID}_right", "SK_ID_PREV_right"),
    }


def aggregate(made: TableRecipes, table: Table) -> Table:
    """One row a client with every feature of a table's recipes; `table` is one of those `linked`."""
    placed = table.mutate(**{place: compute(table) for place, compute in made.places.items()})
    rows = placed.mutate(**{value: compute(placed) for value, compute in made.values.items()})
    features = list(features_of(made))
    windows = {part: made.windows[part][0] for *_, window in features for part in window.split("/")}
    columns = {_flag(window): inside(rows).fill_null(False) for window, inside in windows.items() if inside is not None}
    for _, recipe, function, _ in features:
        columns |= _terms(rows, recipe, function, made.time)
    terms = rows.select(ID, **columns)
    return terms.group_by(ID).aggregate(
        **{feature: _over(terms, recipe, function, window) for feature, recipe, function, window in features}
    )


def texts() -> dict[str, tuple[str, str, str]]:
    """Code, words and scale of the reason that each history feature can give, in the order of the columns."""
    return {
        feature: (recipe.code, _words(recipe, function, window, made), recipe.scale)
        for made in RECIPES.values()
        for feature, recipe, function, window in features_of(made)
    }


def features_of(made: TableRecipes) -> Iterator[tuple[str, Recipe, str, str]]:
    """Name, recipe, function and window of each feature."""
    for recipe in made.recipes:
        for function in recipe.functions.split():
            for window in recipe.windows.split():
                name = f"{made.prefix}_{recipe.column}_{function}_{window.replace('/', '_TO_')}"
                yield name, recipe, function, window


def _words(recipe: Recipe, function: str, window: str, made: TableRecipes) -> str:
    rows = " compared with ".join(made.windows[part][1] for part in window.split("/")).replace("with in", "with")
    return " ".join(f"{recipe.text}, {WORDS[recipe.scale][function]} {rows}".split())


def _terms(rows: Table, recipe: Recipe, function: str, time: str) -> dict[str, Value]:
    """What a function adds up or compares, row by row, by name."""
    name = recipe.column
    if function == "COUNT":
        return {"one": ibis.literal(1, "int64")}
    if function in ("MIN", "MAX"):
        return {name: rows[name].cast("float64")}
    if function == "WMEAN":
        weight = ibis.cases((rows[name].notnull(), rows[recipe.weight]))
        return {
            f"{name} by weight": _whole(rows[name] * weight, WEIGHED_UNITS, MOST_WEIGHED),
            f"weight of {name}": _whole(weight, WEIGHED_UNITS, MOST_WEIGHED),
        }
    if function == "SLOPE":
        value = _whole(rows[name], UNITS, MOST_ON_LINE)
        when = ibis.cases((value.notnull(), _whole(rows[time], 1, MOST_TIME)))
        return {
            f"{name} on line": value,
            f"{name} by time": value * when,
            f"time of {name}": when,
            f"time of {name}, squared": when * when,
        }
    return {f"units of {name}": _whole(rows[name], UNITS, MOST)}


def _over(terms: Table, recipe: Recipe, function: str, window: str) -> Value:
    """A function over a window, or over one window divided by the same over another."""
    first, *second = (_function(terms, recipe, function, part) for part in window.split("/"))
    return first / _positive(second[0]) if second else first


def _function(terms: Table, recipe: Recipe, function: str, window: str) -> Value:
    name = recipe.column

    def inside(term: str) -> Value:
        # Not FILTER, which DuckDB 2.0 takes eight times as long for where there are a hundred of them.
        return ibis.cases((terms[_flag(window)], terms[term])) if _flag(window) in terms.columns else terms[term]

    def total(term: str) -> Value:
        return inside(term).sum().cast("float64")

    if function == "COUNT":
        return inside("one").count().cast("float64")
    if function == "MIN":
        return inside(name).min()
    if function == "MAX":
        return inside(name).max()
    if function == "WMEAN":
        return total(f"{name} by weight") / _positive(total(f"weight of {name}"))
    if function == "SLOPE":  # of the least-squares line through the points (time, value)
        count = inside(f"time of {name}").count().cast("float64")
        spread = count * total(f"time of {name}, squared") - total(f"time of {name}") * total(f"time of {name}")
        rise = count * total(f"{name} by time") - total(f"time of {name}") * total(f"{name} on line")
        return rise / _positive(spread) / UNITS
    value, count = total(f"units of {name}") / UNITS, inside(f"units of {name}").count().cast("float64")
    return value if function == "SUM" else value / _positive(count)


def _positive(value: Value) -> Value:
    return ibis.cases((value > 0, value))


def _whole(value: Value, units: float, most: float) -> Value:
    number = value.cast("float64")
    bounded = ibis.cases((number > most, most), (number < -most, -most), else_=number)
    return (bounded * units + 0.5).floor().cast("int64")


def _flag(window: str) -> str:
    return f"in {window}"
