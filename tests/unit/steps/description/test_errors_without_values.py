"""Errors and questions about a lender's file say columns, lines and counts, never what a client's row has."""

from pathlib import Path

import pytest

from steps.describe import describe_file
from steps.description.describing import Named
from steps.features import build
from steps.run.console import UserError
from steps.run.settings import Engine, Settings

SECRET = "Jane-Roe-4711"
ROWS = [f"{row},{row % 9},{'own' if row % 3 else 'rent'},,{row % 2}" for row in range(100)]
HEADER = "id,x,home,note,bad"


def with_rows(*rows: str) -> str:
    return "\n".join([HEADER, *ROWS[:50], *rows, *ROWS[50:]]) + "\n"


FILES = {
    "a short row": (with_rows(SECRET), {}, "line 52 has 1 value"),
    "a long row": (with_rows(f"7,1,{SECRET},,0,1"), {}, "line 52 has 6 values"),
    "an open quote": (with_rows(f'7,1,"{SECRET},,0'), {}, "line 52"),
    "a NUL": (with_rows(f"7,1,{SECRET}\0,,0"), {}, "line 52 has a NUL"),
    "an id twice": (with_rows(f"{SECRET},1,,,0", f"{SECRET},1,,,1"), {"identity": "id"}, "id must be unique"),
    "an id that is missing": (with_rows(f",1,{SECRET},,0"), {"identity": "id"}, "id identifies the client: missing"),
    "infinite numbers": (with_rows("998,1e999,,,0", "999,-inf,,,1"), {}, "x must be finite: infinite in 2 of 102 rows"),
    "an outcome of one client": (with_rows(f"998,1,,,{SECRET}"), {}, "which of them is a default"),
    "outcomes of single clients": (
        with_rows(*(f"{900 + row},1,,,{SECRET}{row}" for row in range(30))), {}, "32 different values: which",
    ),
    "a target of free text": (
        with_rows(*(f"{900 + row},1,,,{SECRET}{row}" for row in range(60))), {}, "more than 50 different values",
    ),
    "no target": (with_rows(f"998,1,,{SECRET},0", "999,1,,my other note,1"), {"target": "no"}, "those of two to ten"),
    "a default that there is not": (with_rows(f"998,1,,,{SECRET}"), {"default": "9"}, "bad has no '9': it has '0'"),
    "other outcomes": (
        with_rows(f"998,1,,,{SECRET}a", f"999,1,,,{SECRET}b"), {"default": "1,0"},
        "bad has besides 2 values of one row each",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "named", "problem"), FILES.values(), ids=FILES)
def test_an_error_has_no_value_of_a_row(tmp_path, capsys, text, named, problem):
    (tmp_path / "loans.csv").write_text(text)

    with pytest.raises(UserError, match=problem) as error:
        build(str(tmp_path / "loans.csv"), tmp_path / "out.parquet", Engine.duckdb,
              **{"target": "bad", "identity": "", "settings": Settings(), **named})  # fmt: skip

    output = capsys.readouterr()
    for secret in (SECRET, "my other note", "1e999"):
        assert secret not in str(error.value) + output.out + output.err


def test_values_in_no_spelling_of_their_description_are_counted(tmp_path, capsys):
    (tmp_path / "loans.csv").write_text(with_rows(f"998,{SECRET},own,,0"))
    (tmp_path / "loans.yaml").write_text(description())

    with pytest.raises(UserError, match="x is a number: 1 of 101 values cannot be read as one") as error:
        build(str(tmp_path / "loans.yaml"), tmp_path / "o", Engine.duckdb, "TARGET", "SK_ID_CURR", Settings())

    assert SECRET not in str(error.value) + capsys.readouterr().out


def test_the_table_of_a_description_shows_no_free_text(tmp_path, capsys):
    notes = [row.replace(",,", f",{SECRET} {place},") for place, row in enumerate(ROWS)]
    (tmp_path / "loans.csv").write_text("\n".join([HEADER, *notes]))

    describe_file(tmp_path / "loans.csv", tmp_path / "d.yaml", Named("bad"), Settings(data_folder=tmp_path))

    output = capsys.readouterr().out
    assert "left out: it is free text" in output
    assert SECRET not in output + Path(tmp_path / "d.yaml").read_text()


def description() -> str:
    columns = {"id": "number", "x": "number", "home": "category", "note": "text", "bad": "number"}
    lines = [f"  {name}: {{is: {kind}}}" for name, kind in columns.items()]
    return "\n".join([
        "file: loans.csv", "reading: {separator: ','}", "id: id",
        "target: {column: bad, default: 1, no_default: 0}", "columns:", *lines,
    ])  # fmt: skip
