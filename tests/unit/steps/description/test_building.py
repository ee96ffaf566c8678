"""From a lender's file to its feature table: who the clients are, and which errors the rows have."""

import re
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from steps.description.building import Known, from_lender_file
from steps.description.describing import Named
from steps.description.description_file import write_description
from steps.description.document import Description
from steps.run.console import UserError
from steps.run.settings import Settings
from steps.tables.feature_table import FeatureTable, read_feature_table

pytestmark = pytest.mark.slow  # whole files described


def built(folder: Path, text: str, **named: str) -> FeatureTable:
    (folder / "loans.csv").write_text(text)
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    named = {"target": "bad", **named}
    out = from_lender_file(folder / "loans.csv", folder / "out.parquet", Named(**named), scratch, Settings())
    return read_feature_table(out)


def test_rows_without_an_id_keep_their_identity_whatever_the_order_and_the_other_rows(tmp_path):
    rows = [f"{age},{home},{age % 2}" for age in range(20, 60) for home in ("own", "rent")]

    first = built(tmp_path, "\n".join(["age,home,bad", *rows]))
    later = built(tmp_path, "\n".join(["age,home,bad", *rows[::-1], "70,own,1"]))

    clients = [table.frame.set_index("row")[["age", "home"]].T.to_dict("list") for table in (first, later)]
    assert first.lineage.id == "row"
    assert len(clients[0]) == 80
    assert clients[0].items() < clients[1].items()


def test_wholly_equal_rows_count_once_and_are_said(tmp_path, capsys):
    table = built(tmp_path, "age,home,bad\n30,own,0\n41,rent,1\n30,own,0\n30,own,0\n30,own,1\n")

    assert sorted(zip(table.frame["age"], table.frame["bad"], strict=True)) == [(30, 0), (30, 1), (41, 1)]
    output = capsys.readouterr().out
    assert "no column tells the clients apart: each is known by the content of its row" in output
    assert "2 rows equal to another: counted once" in output


def test_equal_rows_with_ids_of_their_own_are_clients_of_their_own(tmp_path):
    table = built(tmp_path, "key,age,bad\n1,30,0\n2,30,0\n3,30,1\n")

    assert (table.lineage.id, table.frame["key"].tolist()) == ("key", [1, 2, 3])


WRONG_IDS = {
    "doubled": ("7,30,0\n7,41,1\n8,52,0\n", "client must be unique: 1 duplicate row"),
    "missing": ("7,30,0\n,41,1\n8,52,0\n", "client identifies the client: missing in 1 of 3 rows"),
    "blank": ("7,30,0\n  ,41,1\n8,52,0\n", "client identifies the client: missing in 1 of 3 rows"),
    "both": ("7,30,0\n,41,1\n7,52,0\n", "missing in 1 of 3 rows\n  loans.csv: client must be unique: 1 duplicate row"),
}


@pytest.mark.parametrize(("rows", "problem"), WRONG_IDS.values(), ids=WRONG_IDS)
def test_a_named_id_that_does_not_tell_the_clients_apart_is_an_error(tmp_path, rows, problem):
    with pytest.raises(UserError, match=re.escape(problem)):
        built(tmp_path, f"client,age,bad\n{rows}", id="client")


def test_ids_that_differ_in_their_zeros_are_texts(tmp_path):
    assert built(tmp_path, "id,age,bad\n007,30,0\n7,41,1\n").frame["id"].tolist() == ["007", "7"]


def test_a_second_id_is_left_out_and_an_id_with_errors_is_named(tmp_path, capsys):
    rows = [f"{row},{1_000 - row},{20 + row % 30},{row % 2}" for row in range(100)]
    two = built(tmp_path, "\n".join(["id,member_id,age,bad", *rows]))

    assert two.fields == ["age"]
    assert "member_id is left out: it has another value in each row, as an id" in capsys.readouterr().out

    doubled = built(tmp_path, "\n".join(["id,x,age,bad", *rows, "5,1,1,1", ",2,2,1"]))

    assert (doubled.lineage.id, doubled.fields) == ("row", ["x", "age"])
    assert (
        "warning: loans.csv: id is left out: it is named as an id and has 1 row with the id of another and 1 row "
        "without one: correct them, or name another id"
    ) in capsys.readouterr().out


def test_a_whole_number_that_is_another_in_each_row_is_asked_for(tmp_path, capsys):
    rows = [f"{900 - 7 * row},{row}.5,{1_000 + row},{20 + row % 30},{row % 2}" for row in range(100)]
    header = "Client,amount,fee,age,bad"

    table = built(tmp_path, "\n".join([header, *rows]).replace("1005,", ","))

    output = capsys.readouterr().out
    assert (
        "warning: loans.csv: Client has another value in each row: is it an id? Name it with `-P id=Client`, or leave "
        "it out (`use: false`)"
    ) in output
    assert output.count("is it an id?") == 1
    assert table.fields == ["Client", "amount", "fee", "age"]

    built(tmp_path, "\n".join([header, *rows]), id="Client")

    assert "fee has another value in each row: is it an id? Leave it out (`use: false`)" in capsys.readouterr().out
    built(tmp_path, "\n".join([header, *rows[:20]]))
    assert "is it an id?" not in capsys.readouterr().out


FOUND = """\
Loans of one branch
since;paid;loan;rate;term;owner;home;bad
2018-08-01;2018-08-23;$1,200.00;3.5%;36 months;yes;own;0
2018-07-01;;$900.00;4%;12 months;no;rent;1
"""


def test_all_that_is_found_in_a_plain_file_is_said(tmp_path, capsys):
    built(tmp_path, FOUND)

    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    place = lines.index("2 rows, 8 columns; read as utf-8 with semicolons, without 1 line above its header")
    assert lines[place + 1 : place + 3] == [
        "no date of the application: name it with `date` in a description (`mlflow run . -e describe` writes one); "
        "dates count from 2018-08-23",
        "dates: since, paid; money: loan; percentages: rate; durations: term; yes/no: owner",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (FOUND.replace("since", "Antragsdatum"), "  date of the application: Antragsdatum\n  dates: paid; money: loan"),
        ("key,age,bad\n1,30,0\n2,41,1\n", "  no date of the application: it has no dates\n"),
    ],
    ids=["named", "none"],
)
def test_the_date_of_the_application_of_a_plain_file_is_said(tmp_path, capsys, text, said):
    built(tmp_path, text)

    assert said in capsys.readouterr().out


def test_what_a_description_says_is_not_said_again(tmp_path, capsys):
    table = built(tmp_path, FOUND)
    write_description(Description.model_validate_json(table.lineage.description), tmp_path / "loans.yaml")
    capsys.readouterr()

    from_lender_file(tmp_path / "loans.yaml", tmp_path / "o.parquet", Named(), tmp_path / "scratch", Settings())

    output = capsys.readouterr().out
    assert "no column tells the clients apart" in output
    assert "date of the application" not in output


BORN = ["01/25/1980", "02/11/1990", "03/30/1985", "11/12/1970", "12/01/1999", "05/06/1988"]
HELD = ["3yrs 4mon", "0yrs 8mon", "1yrs 0mon", "2yrs 1mon", "0yrs 1mon", "2yrs 0mon"]


def clients(rows: list[int]) -> str:
    lines = [f"{row + 1},{BORN[row]},{HELD[row]},0123{row},{row % 2}" for row in rows]
    return "\n".join(["key,born,held,zip,bad", *lines]) + "\n"


def known(table: FeatureTable) -> Known:
    return Known(Description.model_validate_json(table.lineage.description), "lender/1")


def read_as(folder: Path, text: str, known: Known | None, **named: str) -> FeatureTable:
    (folder / "later.csv").write_text(text)
    (folder / "scratch").mkdir(exist_ok=True)
    named = {"target": "bad", **named}
    out = folder / "later.parquet"
    return read_feature_table(
        from_lender_file(folder / "later.csv", out, Named(**named), folder / "scratch", Settings(), known)
    )


def test_a_later_file_is_read_by_the_description_of_the_model_whatever_its_own_rows_would_say(tmp_path, capsys):
    whole = built(tmp_path, clients([0, 1, 2, 3, 4, 5]))
    later = [3, 4, 5]  # whose days and months may be either, and whose latest date is another

    table = read_as(tmp_path, clients(later), known(whole))

    pd.testing.assert_frame_equal(
        table.frame.set_index("key"), whole.frame.set_index("key").loc[[row + 1 for row in later]]
    )
    assert table.lineage.meanings == whole.lineage.meanings
    assert "later.csv is read by the description of lender/1, as its columns are the same" in capsys.readouterr().out
    alone = read_as(tmp_path, clients(later), None)
    assert not alone.frame["born"].equals(table.frame["born"])


@pytest.mark.parametrize(
    ("text", "named"),
    [
        pytest.param(clients([0, 1, 2]).replace("zip", "code"), {}, id="another column"),
        pytest.param(clients([0, 1, 2]), {"default": ("0",)}, id="another default"),
    ],
)
def test_a_file_that_is_another_is_described_anew(tmp_path, capsys, text, named):
    whole = built(tmp_path, clients([0, 1, 2, 3, 4, 5]))

    read_as(tmp_path, text, known(whole), **named)

    told = capsys.readouterr().out
    assert "is read by the description" not in told
    assert "warning: later.csv: its columns or parameters are others than in the description of lender/1" in told


def test_a_later_file_with_values_in_another_spelling_is_an_error(tmp_path):
    whole = built(tmp_path, clients([0, 1, 2, 3, 4, 5]))

    with pytest.raises(UserError, match="held is a duration: 1 of 3 values cannot be read as one") as error:
        read_as(tmp_path, clients([0, 1, 2]).replace("0yrs 8mon", "soon"), known(whole))

    assert "(expected a number with its unit: 36 months, 2yrs 3mon, < 1 year, " in str(error.value)


@pytest.mark.parametrize("above", ["", "\n\n"], ids=["rows alone", "blank lines"])
def test_the_first_value_that_cannot_be_read_is_named_by_its_row_whatever_lines_it_spans(tmp_path, above):
    rows = [*(f'{row},"a\nnote",{row % 9},{row % 2}' for row in range(1, 41)), "41,b,about nine,1", "42,b,ten,0"]
    (tmp_path / "loans.csv").write_text("Loans of 2012\n\nkey,note,x,bad\n" + above + "\n".join(rows) + "\n")
    whole = "{key: {is: number}, note: {is: category}, x: {is: number}, bad: {is: number}}"
    (tmp_path / "loans.yaml").write_text(
        "file: loans.csv\nreading: {separator: ',', skip: 2}\nid: key\n"
        f"target: {{column: bad, default: 1, no_default: 0}}\ncolumns: {whole}\n"
    )
    (tmp_path / "scratch").mkdir()

    with pytest.raises(UserError) as error:
        from_lender_file(tmp_path / "loans.yaml", tmp_path / "o.parquet", Named(), tmp_path / "scratch", Settings())

    expected = "x is a number: 2 of 42 values cannot be read as one, the first in row 41 below the header. Correct"
    assert expected in str(error.value)
    assert "nine" not in str(error.value)


def test_a_description_without_the_day_that_dates_count_from_has_the_latest_of_its_file(tmp_path):
    whole = built(tmp_path, clients([0, 1, 2, 3, 4, 5]))
    without = known(whole).description.model_copy(update={"days_from": None, "file": "loans.csv"})
    write_description(without, tmp_path / "loans.yaml")

    table = read_feature_table(
        from_lender_file(tmp_path / "loans.yaml", tmp_path / "o.parquet", Named(), tmp_path / "scratch", Settings())
    )

    assert table.frame.equals(whole.frame)
    assert known(table).description.days_from == date(1999, 12, 1)
