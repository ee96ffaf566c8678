"""Names, values and reasons of a lender's file command no terminal and forge no line of the output."""

from pathlib import Path

import pytest

from steps.describe import describe_file
from steps.description.describing import Named
from steps.description.header import names_of
from steps.features import build
from steps.run.console import UserError
from steps.run.settings import Engine, Settings
from steps.tables.feature_table import read_feature_table

pytestmark = pytest.mark.slow  # whole files described

FORGED = "error: all is well"
HOSTILE = f"x\x1b[31m\n{FORGED} \u202egnp"
VISIBLE = r"x\x1b[31m error: all is well \u202egnp"


def rows(value) -> str:
    return "".join(f"{row},{row % 7},{value(row)},{row % 2}\n" for row in range(60))


FILES = {
    "a number": rows(lambda row: row),
    "the same in every row": rows(lambda row: 5),
    "free text": rows(lambda row: f"text {row}"),
    "nearly numbers": rows(lambda row: row) + "61,1,zz,1\n",
    "mixed percentages": rows(lambda row: f"{row}%" if row else row),
    "dates in two ways": rows(lambda row: f"0{1 + row % 9}/0{1 + row % 8}/2012"),
    "infinite": rows(lambda row: row) + "61,1,1e999,1\n62,1,-inf,0\n",
}


def lender(folder: Path, text: str, name: str = HOSTILE) -> Path:
    (folder / "loans.csv").write_text(f'id,issue,"{name}",bad\n{text}')
    return folder / "loans.csv"


def assert_printable(output: str, error: str = "") -> None:
    for line in [*output.split("\n"), *error.split("\n")]:
        assert line.isprintable()
        assert not line.startswith(FORGED)


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_a_name_with_control_characters_is_printed_as_one_line(tmp_path, text, capsys):
    file, error = lender(tmp_path, text), ""
    try:
        build(str(file), tmp_path / "out.parquet", Engine.duckdb, "bad", "id", Settings())
    except UserError as problem:
        error = str(problem)
    described = describe_file(file, tmp_path / "loans.yaml", Named("bad", "id"), Settings(data_folder=tmp_path))

    captured = capsys.readouterr()
    assert VISIBLE in described.description.columns
    assert VISIBLE in captured.out
    assert_printable(captured.out + captured.err, error)
    assert_printable((tmp_path / "loans.yaml").read_text("utf-8"))


@pytest.mark.parametrize(
    "named", [{"target": "none"}, {"target": HOSTILE}, {"identity": "none"}, {"identity": VISIBLE}]
)
def test_an_error_that_names_columns_is_one_printable_line(tmp_path, named):
    file = lender(tmp_path, rows(lambda row: row % 5))

    with pytest.raises(UserError) as error:
        build(str(file), tmp_path / "out.parquet", Engine.duckdb, **{"target": "bad", "identity": "id", **named},
              settings=Settings())  # fmt: skip

    assert VISIBLE in str(error.value)
    assert_printable(str(error.value))


def test_values_of_an_outcome_are_printed_in_one_line_each(tmp_path, capsys):
    text = f'id,x,bad\n1,5,"{HOSTILE}"\n2,6,paid\n3,5,other\n'
    (tmp_path / "loans.csv").write_text(text)

    named = Named(target="bad", default=(HOSTILE,))
    describe_file(tmp_path / "loans.csv", tmp_path / "d.yaml", named, Settings(data_folder=tmp_path))
    with pytest.raises(UserError) as error:
        build(str(tmp_path / "loans.csv"), tmp_path / "o", Engine.duckdb, "bad", "id", Settings())

    assert_printable(capsys.readouterr().out, str(error.value))


def test_a_reason_of_a_description_is_printed_in_one_line(tmp_path, capsys):
    lender(tmp_path, rows(lambda row: row), "x")
    describe_file(tmp_path / "loans.csv", tmp_path / "d.yaml", Named("bad", "id"), Settings(data_folder=tmp_path))
    described = (tmp_path / "d.yaml").read_text()
    escaped = HOSTILE.replace("\x1b", r"\x1b").replace("\n", r"\n").replace("\u202e", r"\u202e")
    (tmp_path / "d.yaml").write_text(described.replace('"x": {', f'"x": {{use: false, because: "{escaped}", '))
    capsys.readouterr()

    build(str(tmp_path / "d.yaml"), tmp_path / "o.parquet", Engine.duckdb, "TARGET", "SK_ID_CURR", Settings())

    output = capsys.readouterr().out
    assert "x is left out: x\\x1b[31m\\nerror: all is well" in output
    assert_printable(output)


def test_line_breaks_in_a_name_are_spaces_and_other_scripts_keep_their_letters():
    header = ["Loan\r\n amount", "Loan\namount", "a\tb", "a\x00b", "می\u200cخواهم", "👩\u200d💻", "a\xa0b", "Größe"]

    names, warnings = names_of(header)

    visible = ["Loan amount", "Loan amount_2", "a\tb", r"a\x00b", "می\u200cخواهم", "👩\u200d💻", "a\xa0b", "Größe"]
    assert names == visible
    assert warnings[0] == "column 1 has a line break or control character in its name: it is called Loan amount"
    assert len([each for each in warnings if "control character" in each]) == 3


def test_a_renamed_column_is_a_field_under_its_visible_name(tmp_path):
    out = build(
        str(lender(tmp_path, rows(lambda row: row))), tmp_path / "o.parquet", Engine.duckdb, "bad", "id", Settings()
    )

    assert read_feature_table(out).fields == ["issue", VISIBLE]
