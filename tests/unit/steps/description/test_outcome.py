"""The outcome of a lender's file: which values are defaults and good loans, and which rows have neither."""

from pathlib import Path

import pytest

from steps.description.document import Outcome
from steps.run.console import UserError
from tests.unit.steps.description.files import values_of


def labels(folder: Path, *values: str, default: str = "") -> list[int | None]:
    file = folder / "loans.csv"
    file.write_text("\n".join(["x,bad", *(f"{place},{value}" for place, value in enumerate(values))]), "utf-8")
    columns, _ = values_of(file, "bad", default=(default,) if default else ())
    return columns["bad"]


OPPOSITES = {
    "0 of a default of 1": ("1", "0", "running"),
    "1 of a default of 0": ("0", "1", "running"),
    "no of a default of yes": ("yes", "No", "running"),
    "N of a default of Y": ("Y", "N", "running"),
}


@pytest.mark.parametrize("values", OPPOSITES.values(), ids=OPPOSITES)
def test_the_opposite_of_a_default_is_a_good_loan_beside_other_values(tmp_path, values):
    assert labels(tmp_path, *values, default=values[0]) == [1, 0, None]


def test_which_other_value_is_a_good_loan_is_asked_where_none_is_the_opposite(tmp_path):
    with pytest.raises(UserError, match=r"bad has besides '0' \(1\), '1' \(1\): which of them is a good loan\?"):
        labels(tmp_path, "0", "1", "2", default="2")


def test_a_default_in_several_letter_cases_is_one_value(tmp_path):
    assert labels(tmp_path, "Late", "LATE", "Repaid", "repaid", default="late") == [1, 1, 0, 0]


# Python folds these letters as Unicode does, DuckDB character by character.
LETTERS = {"Turkish": ("İcra", "Kapandı"), "Greek": ("ΑΘΕΤΗΣΕΙΣ", "ΕΝΗΜΕΡΟΣ")}


@pytest.mark.parametrize(("bad", "good"), LETTERS.values(), ids=LETTERS)
def test_outcomes_in_letters_that_languages_fold_differently_arrive(tmp_path, bad, good):
    assert labels(tmp_path, bad, good, bad, default=bad) == [1, 0, 1]


def test_a_value_is_not_both_outcomes_in_two_letter_cases():
    with pytest.raises(ValueError, match="Late cannot be both default and no_default"):
        Outcome(column="bad", default="Late", no_default=("Paid", "LATE"))
