"""Broken raw tables: each error is reported once, by file, column and count, and no value is repeated."""

import pandas as pd
import pytest

from steps.features import Engine
from steps.run.console import UserError
from steps.run.settings import Settings
from steps.tables.home_credit import APPLICATION, ID, TARGET
from steps.tables.recipes import RECIPES
from steps.tables.seven_tables import from_seven_tables
from tests.unit.steps.raw_tables import TINY, raw_table, write_table

pytestmark = pytest.mark.slow  # each builds tables

SECRET = "s3cret"  # in place of a number; no message may repeat it


def broken(name: str, column: str, value: object, row: int = 0) -> pd.DataFrame:
    """A table by hand with another value in one cell."""
    table = raw_table(name, TINY[name]).astype({column: object})
    table.loc[row, column] = value
    return table


def doubled(name: str) -> pd.DataFrame:
    """A table by hand with a duplicate of its first row."""
    table = raw_table(name, TINY[name])
    return pd.concat([table, table.head(1)], ignore_index=True)


@pytest.fixture
def built(tmp_path):
    """Build the tables by hand that an error concerns, one of them replaced, with few features to save time."""
    recipes = {"bureau_balance": RECIPES["bureau_balance"]}
    out = tmp_path / "out" / "features.parquet"

    def build_with(name: str, table: pd.DataFrame, suffix: str):
        for other in {APPLICATION, "bureau" if name == "bureau_balance" else name, name}:
            write_table(table if other == name else raw_table(other, TINY[other]), tmp_path / f"{other}{suffix}")
        return from_seven_tables(tmp_path, out, Engine.duckdb, Settings(), recipes)

    return build_with


ERRORS = {
    "a client twice": (
        (APPLICATION, doubled(APPLICATION)),
        "application_train{}: SK_ID_CURR must be unique: 1 duplicate row",
    ),
    "a client without id": (
        (APPLICATION, broken(APPLICATION, ID, None)),
        "application_train{}: SK_ID_CURR must be a whole number: 1 of 3 rows has another value",
    ),
    "half an id": (
        ("bureau", broken("bureau", ID, 1.5)),
        "bureau{}: SK_ID_CURR must be a whole number: 1 of 5 rows has another value",
    ),
    "an id beyond the whole numbers of a float": (
        ("bureau", broken("bureau", ID, 2**53)),
        "bureau{}: SK_ID_CURR must be a number up to 9,007,199,254,740,991: 1 of 5 rows has another value",
    ),
    "a target of 2": (
        (APPLICATION, broken(APPLICATION, TARGET, 2)),
        "application_train{}: TARGET must be 0 or 1: 1 of 3 rows has another value",
    ),
    "half a target": (
        (APPLICATION, broken(APPLICATION, TARGET, 0.5)),
        "application_train{}: TARGET must be 0 or 1: 1 of 3 rows has another value",
    ),
    "no target": (
        (APPLICATION, broken(APPLICATION, TARGET, None)),
        "application_train{}: TARGET must be 0 or 1: 1 of 3 rows has another value",
    ),
    "an infinite amount": (
        ("installments_payments", broken("installments_payments", "AMT_PAYMENT", float("inf"))),
        "installments_payments{}: AMT_PAYMENT must be a number up to 10,000,000,000: 1 of 3 rows has another value",
    ),
    "an amount beyond the limit": (
        ("bureau", broken("bureau", "AMT_CREDIT_SUM", -1e11)),
        "bureau{}: AMT_CREDIT_SUM must be a number up to 10,000,000,000: 1 of 5 rows has another value",
    ),
    "a loan elsewhere twice": (
        ("bureau", doubled("bureau")),
        "bureau{}: SK_ID_BUREAU must be unique: 1 duplicate row",
    ),
    "an application before twice": (
        ("previous_application", doubled("previous_application")),
        "previous_application{}: SK_ID_PREV must be unique: 1 duplicate row",
    ),
    "text for a target": (
        (APPLICATION, broken(APPLICATION, TARGET, SECRET)),
        "application_train{}: TARGET must be 0 or 1: 1 of 3 rows has another value",
    ),
    "text for a number": (
        (APPLICATION, broken(APPLICATION, "AMT_CREDIT", SECRET)),
        "application_train{}: AMT_CREDIT must be a number up to 10,000,000,000: 1 of 3 rows has another value",
    ),
    "text for an id": (
        ("bureau_balance", broken("bureau_balance", "SK_ID_BUREAU", SECRET)),
        "bureau_balance{}: SK_ID_BUREAU must be a whole number: 1 of 6 rows has another value",
    ),
}


@pytest.mark.parametrize(("replaced", "message"), ERRORS.values(), ids=ERRORS)
def test_a_mistake_is_told_by_file_column_and_count_and_no_value_repeated(built, capsys, replaced, message):
    with pytest.raises(UserError) as error:
        built(*replaced, ".csv")

    assert str(error.value) == f"the data has errors\n  {message.format('.csv')}"
    assert SECRET not in "".join(capsys.readouterr())


@pytest.mark.parametrize("error_name", ["an infinite amount", "no target", "text for an id"])
def test_parquet_is_told_as_a_csv_is(built, error_name):
    (name, table), message = ERRORS[error_name]
    words = [column for column in table if SECRET in table[column].to_list()]

    with pytest.raises(UserError) as error:
        built(name, table.infer_objects().astype(dict.fromkeys(words, str)), ".parquet")

    assert str(error.value) == f"the data has errors\n  {message.format('.parquet')}"


def test_all_mistakes_of_all_tables_are_told_at_once_and_nothing_is_written(built, tmp_path):
    table = doubled(APPLICATION).astype({"AMT_CREDIT": object})
    table.loc[[0, 1], "AMT_CREDIT"] = SECRET
    write_table(doubled("previous_application"), tmp_path / "previous_application.csv")

    with pytest.raises(UserError) as error:
        built(APPLICATION, table, ".csv")

    assert str(error.value).splitlines() == [
        "the data has errors",
        "  application_train.csv: AMT_CREDIT must be a number up to 10,000,000,000: 2 of 4 rows have another value",
        "  application_train.csv: SK_ID_CURR must be unique: 1 duplicate row",
        "  previous_application.csv: SK_ID_PREV must be unique: 1 duplicate row",
    ]
    assert list((tmp_path / "out").iterdir()) == []


def warnings_of(capsys) -> list[str]:
    return [line.strip() for line in capsys.readouterr().out.splitlines() if "warning" in line]


def test_history_of_unknown_clients_and_loans_is_only_a_warning(built, capsys):
    built("bureau_balance", raw_table("bureau_balance", TINY["bureau_balance"]), ".csv")

    assert warnings_of(capsys) == [
        "warning: bureau.csv: 1 of 5 rows belongs to no client of application_train.csv: left out of the feature table",
        "warning: bureau_balance.csv: 1 of 6 rows belongs to no loan of bureau.csv: left out of the feature table",
    ]


def test_history_of_known_clients_gives_no_warning(built, capsys):
    built("bureau", raw_table("bureau", [row for row in TINY["bureau"] if row[ID] != 999]), ".csv")

    assert warnings_of(capsys) == []


def test_a_file_that_cannot_be_read_is_named(built, tmp_path):
    (tmp_path / "bureau.csv.gz").write_bytes(b"not gzip at all")

    with pytest.raises(UserError, match=r"bureau\.csv\.gz cannot be read"):
        built(APPLICATION, raw_table(APPLICATION, TINY[APPLICATION]), ".csv")
