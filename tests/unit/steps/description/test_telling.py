"""Months and weekdays as fields of a lender's file: found, named, written and read back."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from steps.describe import describe_file
from steps.description.describing import Named
from steps.description.description_file import read_description
from steps.features import build
from steps.run.console import UserError
from steps.run.settings import Engine, Settings
from steps.tables.feature_table import FeatureTable, read_feature_table

pytestmark = pytest.mark.slow  # files of thousands of rows

FIRST = date(2013, 1, 1)
DAYS = 5 * 365
CLIENTS = 6_000


def loans(folder: Path, december: float = 0.2, weekend: float = 0.2, trend: float = 0.0, other: str = "x") -> Path:
    """A file in which loans applied for in December, and accounts opened at the weekend, go wrong more often."""
    chance = np.random.default_rng(3)
    lines = [f"id,applied,opened,{other},bad"]
    for client in range(CLIENTS):
        days = int(chance.integers(DAYS))
        applied, opened = FIRST + timedelta(days), FIRST - timedelta(int(chance.integers(DAYS)))
        risk = 0.1 + december * (applied.month == 12) + weekend * (opened.isoweekday() > 5) + trend * days / DAYS
        status = "running" if client % 10 == 0 else "late" if chance.random() < risk else "paid"
        lines.append(f"{client},{applied:%d.%m.%Y},{opened:%d %b %Y},{client % 7},{status}")
    (folder / "loans.csv").write_text("\n".join(lines) + "\n")
    return folder / "loans.csv"


def table_of(data: Path) -> FeatureTable:
    out = data.parent / f"{data.name}.parquet"
    build(str(data), out, Engine.duckdb, "TARGET" if data.suffix == ".yaml" else "bad", "SK_ID_CURR",
          Settings(data_folder=data.parent / "data"), "" if data.suffix == ".yaml" else "late")  # fmt: skip
    return read_feature_table(out)


def described(file: Path) -> Path:
    out = file.with_suffix(".yaml")
    describe_file(file, out, Named("bad", default=("late",)), Settings(data_folder=file.parent / "data"))
    return out


def test_months_and_weekdays_that_tell_are_fields_of_a_plain_file_and_are_said(tmp_path, capsys):
    table = table_of(loans(tmp_path))

    rows = [line.split(",") for line in (tmp_path / "loans.csv").read_text().splitlines()[1:]]
    applied = {int(row[0]): date(*map(int, row[1].split(".")[::-1])) for row in rows}
    assert table.fields == ["applied_month", "opened", "opened_weekday", "x"]
    assert table.frame["applied_month"].tolist() == [applied[client].month for client in table.frame["id"]]
    opened = [applied[client] + timedelta(days) for client, days in
              zip(table.frame["id"], table.frame["opened"], strict=True)]  # fmt: skip
    assert table.frame["opened_weekday"].tolist() == [day.isoweekday() for day in opened]
    assert len(table.unlabelled) == CLIENTS / 10
    assert table.unlabelled["applied_month"].between(1, 12).all()
    output = capsys.readouterr().out
    assert "the month of applied tells, in the earlier half as in the later (defaults: " in output
    assert " in December): it is the field applied_month\n" in output
    assert "the weekday of opened tells" in output


def test_each_is_a_whole_number_with_a_meaning_and_bounds(tmp_path):
    lineage = table_of(loans(tmp_path)).lineage

    month, weekday = (lineage.meanings[name] for name in ("applied_month", "opened_weekday"))
    assert (month.description, month.unit) == ("Applied: month of the year.", "1 for January to 12 for December")
    assert (weekday.description, weekday.unit) == ("Opened: day of the week.", "1 for Monday to 7 for Sunday")
    assert [(each.lowest, each.highest, each.whole) for each in (month, weekday)] == [(1, 12, True), (1, 7, True)]
    words = lineage.words["applied_month"]
    assert words.low == words.high == "Applied: month of the year counts against the application"


def test_the_description_has_them_and_gives_the_same_table(tmp_path, capsys):
    file = loans(tmp_path)
    description = described(file)

    columns = read_description(description).columns
    glance = [line for line in capsys.readouterr().out.splitlines() if "  date  " in line]
    assert (columns["applied"].also, columns["opened"].also) == (("month",), ("weekday",))
    assert glance[0].endswith("date of the application, also month")
    assert glance[1].endswith("used, also weekday")
    plain, through = table_of(file), table_of(description)
    assert plain.frame.equals(through.frame)
    assert plain.lineage == through.lineage


def test_a_person_can_add_and_remove_them(tmp_path):
    description = described(loans(tmp_path))
    text = description.read_text().replace("also: [month]", "also: [weekday, month]").replace(", also: [weekday]", "")
    description.write_text(text)

    assert table_of(description).fields == ["applied_weekday", "applied_month", "opened", "x"]


@pytest.mark.parametrize("use", ["use: false", "use: false, protected: true"])
def test_a_date_that_the_model_never_has_brings_no_month(tmp_path, use):
    description = described(loans(tmp_path))
    description.write_text(description.read_text().replace("also: [weekday]", f"also: [weekday], {use}"))

    assert "opened_weekday" not in table_of(description).fields


def test_a_name_that_a_column_has_already_is_not_taken(tmp_path, capsys):
    table = table_of(loans(tmp_path, other="Applied_Month"))

    assert table.fields == ["applied_month_2", "opened", "opened_weekday", "Applied_Month"]
    assert sorted(set(table.frame["Applied_Month"])) == list(range(7))
    assert table.frame["applied_month_2"].max() == 12
    output = capsys.readouterr().out
    assert "a column is called applied_month: the month of applied is called applied_month_2" in output
    assert "it is the field applied_month_2" in output


def test_a_trend_alone_brings_no_field(tmp_path):
    assert table_of(loans(tmp_path, december=0, weekend=0, trend=0.3)).fields == ["opened", "x"]


WRONG = {
    "of another kind": ("{is: number", "{is: number, also: month", "also: only a date has a month and a weekday"),
    "of no calendar": ("also: [month]", "also: [moon]", r"columns.applied.also.*expected 'month' or 'weekday'"),
    "twice": ("also: [month]", "also: [month, month]", "also: expected each of month and weekday once"),
}


@pytest.mark.parametrize(("present", "wrong", "problem"), WRONG.values(), ids=WRONG)
def test_a_wrong_entry_is_an_error(tmp_path, present, wrong, problem):
    description = described(loans(tmp_path))
    assert present in description.read_text()
    description.write_text(description.read_text().replace(present, wrong, 1))

    with pytest.raises(UserError, match=problem):
        read_description(description)
