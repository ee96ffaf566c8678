"""A few values that are no dates make no silent category of a column of dates."""

import pytest

from steps.description.document import Kind
from tests.unit.steps.description.files import values_of

pytestmark = pytest.mark.slow  # whole files described

DAYS = [f"20{year:02}-{month:02}-15" for year in range(10, 20) for month in range(1, 11)]
SPELLINGS = {
    "ISO": ("{2}-{1}-{0}", "%Y-%m-%d", "2015-02-31"),
    "days first": ("{0}.{1}.{2}", "%d.%m.%Y", "31.02.2015"),
    "beyond all loans": ("{2}-{1}-{0}", "%Y-%m-%d", "9999-12-31"),
    "a word": ("{2}-{1}-{0}", "%Y-%m-%d", "open"),
}


def column_of(tmp_path, dates: list[str]):
    rows = [f"{row},{date},{row % 2}" for row, date in enumerate(dates)]
    (tmp_path / "loans.csv").write_text("\n".join(["key,d,bad", *rows]) + "\n")
    _, described = values_of(tmp_path / "loans.csv", "bad")
    return described.description.columns["d"], [each for each in described.warnings if each.startswith("d is read as")]


@pytest.mark.parametrize(("form", "written", "wrong"), SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("count", [1, 10])
def test_a_few_values_that_are_no_dates_are_warned_about_with_their_number(tmp_path, form, written, wrong, count):
    dates = [form.format(*reversed(day.split("-"))) for day in DAYS]

    column, warnings = column_of(tmp_path, [*dates[count:], *[wrong] * count])

    assert column.kind is not Kind.date
    number, each = ("1 of 100 values is not a date", "it") if count == 1 else ("10 of 100 values are not dates", "them")
    assert warnings == [
        f"d is read as text: {number}; if the column has dates, correct {each}, or describe it as "
        f'`is: date, written: ["{written}"]` and name {each} as `missing`'
    ]


def test_more_values_that_are_no_dates_make_a_column_of_words_without_a_warning(tmp_path):
    column, warnings = column_of(tmp_path, [*DAYS[11:], *["2015-02-31"] * 11])

    assert (column.kind, warnings) == (Kind.text, [])


def test_a_day_that_there_is_not_among_dates_of_digits_is_warned_about(tmp_path):
    column, warnings = column_of(tmp_path, [*(day.replace("-", "") for day in DAYS[1:]), "20150231"])

    assert column.kind is Kind.number
    assert warnings == [
        "d is read as numbers: 1 of 100 values is not a date; if the column has dates, correct it, or describe it as "
        '`is: date, written: ["%Y%m%d"]` and name it as `missing`'
    ]


@pytest.mark.parametrize("mark", ["0000-00-00", "00/00/0000", "00.00.0000", "0000-00-00 00:00:00"])
def test_dates_of_zeros_are_missing_and_named_in_the_description(tmp_path, mark):
    column, warnings = column_of(tmp_path, [*DAYS, mark, mark])

    assert (column.kind, column.missing, warnings) == (Kind.date, (mark,), [])
