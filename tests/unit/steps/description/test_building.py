"""From a lender's file to its feature table: who the clients are, and which errors the rows have."""

import re
from pathlib import Path

import pytest

from steps.description.building import from_lender_file
from steps.description.describing import Named
from steps.run.console import UserError
from steps.run.settings import Settings
from steps.tables.feature_table import FeatureTable, read_feature_table


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
