"""Each aggregate on a client's rows, calculated by hand."""

import ibis
import pandas as pd
import pytest

from steps.tables.aggregates import AGGREGATES, LARGEST, Aggregate
from steps.tables.aggregation import aggregate
from steps.tables.home_credit import ID
from steps.tables.recipes import EVER, Recipe, TableRecipes, Window

CLIENT = 7
ROWS = pd.DataFrame(
    {
        ID: CLIENT,
        "LATE": [0.0, 20.0, None, 1e12],
        "DUE": [100.0, 200.0, 300.0, 0.0],
        "DAY": [-10.0, -100.0, -500.0, -2_000.0],
    }
)
WINDOWS = {**EVER, "NEW": Window(lambda t: t.DAY >= -1_000, "lately"), "NONE": Window(lambda t: t.DAY > 0, "never")}


@pytest.fixture(scope="module")
def value(tmp_path_factory):
    """The value of a function over a window of the client's column LATE, or of its rows."""
    file = tmp_path_factory.mktemp("rows") / "rows.parquet"
    ROWS.to_parquet(file)
    backend = ibis.duckdb.connect()

    def value_of(function: str, window: str) -> float | None:
        column = "ROWS" if function == "COUNT" else "LATE"
        recipe = Recipe(column, function, window, "CODE", "Text", weight="DUE")
        recipes = TableRecipes(prefix="P", values={}, windows=WINDOWS, recipes=(recipe,), time="DAY")
        result = aggregate(recipes, backend.read_parquet(str(file)))
        ((client, number),) = backend.con.sql(backend.compile(result)).fetchall()
        assert client == CLIENT
        return number

    yield value_of
    backend.disconnect()


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("COUNT", 3),
        ("SUM", 20),
        ("MEAN", 20 / 2),  # a missing value is no value of 0
        ("MIN", 0),
        ("MAX", 20),
        ("WMEAN", (0 * 100 + 20 * 200) / (100 + 200)),
        ("SLOPE", -20 / 90),
    ],
)
def test_a_function_over_a_window_is_the_one_worked_out_by_hand(value, function, expected):
    assert value(function, "NEW") == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("function", AGGREGATES)
def test_a_window_without_rows_has_a_count_of_0_and_no_other_value(value, function):
    assert value(function, "NONE") == (0 if function == "COUNT" else None)


@pytest.mark.parametrize("function", AGGREGATES)
def test_a_ratio_to_a_window_without_rows_is_missing(value, function):
    assert value(function, "ALL/NONE") is None


def test_a_value_beyond_the_limit_is_added_up_as_the_limit(value):
    assert value("SUM", "ALL") == pytest.approx(LARGEST + 20)


def test_an_aggregate_without_terms_or_value_cannot_be_made():
    class Median(Aggregate):
        pass

    with pytest.raises(TypeError, match="abstract"):
        Median("LATE")


def test_a_column_weighted_by_two_others_has_two_weighted_means(tmp_path):
    ROWS.to_parquet(tmp_path / "rows.parquet")
    recipes = tuple(Recipe("LATE", "WMEAN", window, "CODE", "Text", weight=weight)
                    for window, weight in (("NEW", "DUE"), ("ALSO_NEW", "PAID")))  # fmt: skip
    windows = {"NEW": WINDOWS["NEW"], "ALSO_NEW": WINDOWS["NEW"]}
    backend = ibis.duckdb.connect()
    table = backend.read_parquet(str(tmp_path / "rows.parquet")).mutate(PAID=ibis.literal(1.0))

    result = aggregate(TableRecipes(prefix="P", values={}, windows=windows, recipes=recipes), table)

    ((_, by_due, by_paid),) = backend.con.sql(backend.compile(result)).fetchall()
    assert (by_due, by_paid) == (pytest.approx(4_000 / 300), pytest.approx(20 / 2))
