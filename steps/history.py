"""From past loans to one row a client: the recipes as Ibis expressions, for DuckDB and Spark alike.

An aggregate over a window is put together from parts. First the rows of a client that lie in the same
windows become one cell, then the cells become features: so a row is looked at once, not once a window.
"""

from collections.abc import Iterator, Mapping

import ibis
from ibis import Table, Value

from steps.home_credit import ID
from steps.recipes import RECIPES, WORDS, Recipe, TableRecipes

# Sums are taken over whole millionths: adding integers is exact in any order, so that the table is the
# same from either engine, any number of threads and any run. What is larger than any real amount or
# ratio counts as this much, so that no sum outgrows 64 bits.
UNITS = 1e6
MOST = 1e10


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


def aggregate(name: str, table: Table) -> Table:
    """One row a client with every feature of this table's recipes; `table` is one of those `linked`."""
    made = RECIPES[name]
    placed = table.mutate(**{place: compute(table) for place, compute in made.places.items()})
    rows = placed.mutate(**{value: compute(placed) for value, compute in made.values.items()})
    features = list(_features(made))
    windows = {part: made.windows[part][0] for *_, window in features for part in window.split("/")}
    flags = {_flag(name): inside(rows).fill_null(False) for name, inside in windows.items() if inside is not None}
    parts: dict[str, Value] = {}
    for _, recipe, function, _ in features:
        parts |= _parts(rows, recipe, function, made.time)
    cells = rows.group_by([ID], **flags).aggregate(**parts)
    return cells.group_by(ID).aggregate(
        **{feature: _over(cells, recipe, function, window, windows) for feature, recipe, function, window in features}
    )


def texts() -> dict[str, tuple[str, str, str]]:
    """Code, words and scale of the reason that each history feature can give, in the order of the columns."""
    return {
        feature: (recipe.code, _words(recipe, function, window, made), recipe.scale)
        for made in RECIPES.values()
        for feature, recipe, function, window in _features(made)
    }


def _features(made: TableRecipes) -> Iterator[tuple[str, Recipe, str, str]]:
    for recipe in made.recipes:
        for function in recipe.functions.split():
            for window in recipe.windows.split():
                name = f"{made.prefix}_{recipe.column}_{function}_{window.replace('/', '_TO_')}"
                yield name, recipe, function, window


def _words(recipe: Recipe, function: str, window: str, made: TableRecipes) -> str:
    rows = " compared with ".join(made.windows[part][1] for part in window.split("/")).replace("with in", "with")
    return " ".join(f"{recipe.text}, {WORDS[recipe.scale][function]} {rows}".split())


def _parts(rows: Table, recipe: Recipe, function: str, time: str) -> dict[str, Value]:
    """What has to be known of a cell's rows, by name; the parts of two cells add up, or the least or largest counts."""
    name = recipe.column
    if function == "COUNT":
        return {"ROWS count": rows.count()}
    if function in ("MIN", "MAX"):
        value = rows[name].cast("float64")
        return {f"{name} {function}": value.min() if function == "MIN" else value.max()}
    value = _whole(rows[name], UNITS)
    parts = {f"{name} sum": value.sum(), f"{name} count": value.count()}
    if function == "WMEAN":
        weight = recipe.weight
        parts[f"{name} x {weight}"] = _whole(rows[name] * rows[weight], UNITS).sum()
        parts[f"{weight} of {name}"] = _whole(rows[weight], UNITS).sum(where=rows[name].notnull())
    if function == "SLOPE":
        when = _whole(rows[time], 1)
        known = value.notnull()
        parts[f"{name} x time"] = (value * when).sum()
        parts[f"time of {name}"] = when.sum(where=known)
        parts[f"time2 of {name}"] = (when * when).sum(where=known)
    return parts


def _over(cells: Table, recipe: Recipe, function: str, window: str, inside: Mapping[str, object]) -> Value:
    """A function over a window, or over one window divided by the same over another."""
    first, *second = (
        _combined(cells, recipe, function, None if inside[part] is None else cells[_flag(part)])
        for part in window.split("/")
    )
    return first / _positive(second[0]) if second else first


def _combined(cells: Table, recipe: Recipe, function: str, where: Value | None) -> Value:
    name = recipe.column

    def total(part: str) -> Value:
        return cells[part].sum(where=where).cast("float64")

    if function == "COUNT":
        return total("ROWS count").fill_null(0.0)
    if function == "MIN":
        return cells[f"{name} MIN"].min(where=where)
    if function == "MAX":
        return cells[f"{name} MAX"].max(where=where)
    if function == "WMEAN":
        return total(f"{name} x {recipe.weight}") / _positive(total(f"{recipe.weight} of {name}"))
    count = total(f"{name} count")
    if function == "SLOPE":  # of the least-squares line through the points (time, value)
        time, value = total(f"time of {name}"), total(f"{name} sum")
        spread = count * total(f"time2 of {name}") - time * time
        return (count * total(f"{name} x time") - time * value) / _positive(spread) / UNITS
    value = total(f"{name} sum") / UNITS
    return value if function == "SUM" else value / _positive(count)


def _positive(value: Value) -> Value:
    return ibis.cases((value > 0, value))


def _whole(value: Value, units: float) -> Value:
    return (value.cast("float64").clip(-MOST, MOST) * units + 0.5).floor().cast("int64")


def _flag(window: str) -> str:
    return f"in {window}"
