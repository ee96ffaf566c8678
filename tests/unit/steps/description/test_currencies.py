"""One column of money has one currency: amounts of several are never compared."""

import re
from pathlib import Path

import pytest

from steps.description.building import from_lender_file
from steps.description.describing import Named
from steps.description.document import Kind
from steps.run.console import UserError
from steps.run.settings import Settings
from steps.tables.feature_table import FeatureTable, read_feature_table
from tests.unit.steps.description.files import values_of

pytestmark = pytest.mark.slow  # whole files described

TWO = [("$5", "€6"), ("5 €", "6 $"), ("USD 5", "CHF 6"), ("R$ 5", "$6"), ("1.200,00\u00a0€", "950 CHF")]
ONE = [("€5", "EUR 6", "€"), ("5 eur", "6 €", "EUR"), ("Rs. 5", "Rs 6", "RS"), ("5\u00a0€", "6 €", "€")]


def file_of(folder: Path, *amounts: str) -> Path:
    file = folder / "loans.csv"
    file.write_text("\n".join(["key;loan;age;bad", *(f"{row};{each};{30 + row};{row % 2}"
                                                     for row, each in enumerate(amounts))]) + "\n")  # fmt: skip
    return file


@pytest.mark.parametrize(("first", "second"), TWO)
def test_a_column_of_two_currencies_is_left_out_and_warned_about(tmp_path, first, second):
    columns, described = values_of(file_of(tmp_path, first, second, first), "bad")

    column = described.description.columns["loan"]
    assert not column.use
    assert column.because.startswith("it has two currencies: ")
    assert column.because.endswith(" (1)")
    assert "loan" not in columns
    assert f"loan is left out: {column.because}; convert them to one" in described.warnings


@pytest.mark.parametrize(("first", "second", "unit"), ONE)
def test_signs_of_one_currency_are_one_unit(tmp_path, first, second, unit):
    columns, described = values_of(file_of(tmp_path, first, second, first), "bad")

    column = described.description.columns["loan"]
    assert (column.kind, column.unit) == (Kind.money, unit)
    assert columns["loan"] == [5, 6, 5]


def built(folder: Path, unit: str, *amounts: str) -> FeatureTable:
    file_of(folder, *amounts)
    (folder / "scratch").mkdir(exist_ok=True)
    (folder / "loans.yaml").write_text(
        "file: loans.csv\nreading: {separator: ';'}\nid: key\ntarget: {column: bad, default: 1, no_default: 0}\n"
        f"columns: {{key: {{is: number}}, loan: {{is: money{unit}}}, age: {{is: number}}, bad: {{is: number}}}}\n"
    )
    out = folder / "out.parquet"
    return read_feature_table(from_lender_file(folder / "loans.yaml", out, Named(), folder / "scratch", Settings()))


def test_amounts_in_another_currency_than_the_described_one_are_an_error_with_their_number(tmp_path):
    problem = (
        "loan is a money: 2 of 4 values cannot be read as one, the first in row 2 below the header (expected amounts "
        "in $)"
    )
    with pytest.raises(UserError, match=re.escape(problem)):
        built(tmp_path, ", unit: $", "$5", "6 €", "7", "EUR 8")


def test_amounts_of_several_currencies_under_no_unit_are_an_error(tmp_path):
    with pytest.raises(UserError, match="loan is a money of several currencies: name the one that counts as its"):
        built(tmp_path, "", "$5", "6 €", "7")


@pytest.mark.parametrize("unit", ["", ", unit: €", ", unit: EUR", ", unit: eur", ", unit: Euros in Paris"])
def test_amounts_of_the_described_currency_and_without_any_are_read(tmp_path, unit):
    assert built(tmp_path, unit, "5 €", "EUR 6", "7").frame["loan"].tolist() == [5, 6, 7]
