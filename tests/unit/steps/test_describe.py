"""The command that describes a lender's file: what it prints, writes and asks."""

import re
from pathlib import Path

import pytest

from steps.describe import describe_file, main
from steps.description.describing import Named
from steps.description.description_file import read_description
from steps.description.document import Kind
from steps.features import build
from steps.run.console import UserError
from steps.run.settings import PROJECT, Engine, Settings
from steps.tables.feature_table import read_feature_table
from tests.loans import write_loans

pytestmark = pytest.mark.slow  # the whole command, each time

LOANS = """\
key;issue_d;loan;int_rate;term;sex;note;closed_on;status
1;Dec-2011;$5,000.00;10.65%; 36 months;F;all new;Jan-2013;Fully Paid
2;Nov-2011;$2,500.00;15.27%; 60 months;F;all old;;Charged Off
3;Oct-2011;$2,400.00;15.96%; 36 months;M;all new;n/a;Fully Paid
4;Oct-2011;$10,000.00;13.49%; 36 months;M;all old;Sep-2011;Current
5;Sep-2011;$900.00;9%; 36 months;M;all old;Oct-2011;Charged Off
"""


def described(folder: Path, text: str = LOANS, name: str = "loans.csv", **named: object) -> str:
    (folder / name).write_text(text)
    out = folder / "loans.yaml"
    describe_file(folder / name, out, Named(**{"target": "status", **named}), Settings(data_folder=folder / "data"))
    return out.read_text("utf-8")


def test_every_column_has_a_line_to_check_at_a_glance(tmp_path, capsys):
    described(tmp_path, default=("Charged Off",))

    lines = {line.split()[0]: re.split(r" {2,}", line.strip()) for line in capsys.readouterr().out.splitlines()[:10]}
    assert lines["column"] == ["column", "what it is", "written", "missing", "values", "use"]
    assert lines["key"] == ["key", "number", "0.0%", "1 to 5", "id"]
    assert lines["issue_d"] == [
        "issue_d",
        "date",
        "%b-%Y",
        "0.0%",
        "2011-09-01 to 2011-12-01",
        "date of the application",
    ]
    assert lines["loan"] == ["loan", "money in $", "0.0%", "900 to 10,000", "used"]
    assert lines["int_rate"][1:] == ["percentage", "0.0%", "9 to 15.96", "used"]
    assert lines["term"][1:] == ["duration in months", "0.0%", "36 to 60", "used"]
    assert lines["sex"][1:] == ["category", "0.0%", "M, F", "used"]
    assert lines["closed_on"][1:] == ["date", "%b-%Y, n/a is missing", "40.0%", "2011-09-01 to 2013-01-01", "used"]
    assert lines["status"][1:] == ["category", "0.0%", "Charged Off, Fully Paid, Current", "outcome"]


def test_the_outcomes_are_counted_and_a_date_after_the_application_is_named(tmp_path, capsys):
    described(tmp_path, default=("Charged Off",))

    output = capsys.readouterr().out
    assert "5 rows, 9 columns; read as utf-8 with semicolons" in output
    assert "defaults: 2 (Charged Off); good loans: 2 (Fully Paid); kept aside without an outcome: 1" in output
    assert "closed_on is after the date of the application (issue_d) in 2 of 5 rows" in output


def test_dates_of_which_none_is_that_of_the_application_are_named(tmp_path, capsys):
    described(tmp_path, LOANS.replace("issue_d", "since"), default=("Charged Off",))

    assert (
        "  no date of the application among: since, closed_on: name it with `-P date=...`, so that the latest are "
        "held out\n"
    ) in capsys.readouterr().out


def test_a_date_of_the_application_leaves_no_question(tmp_path, capsys):
    described(tmp_path, default=("Charged Off",))

    assert "no date of the application" not in capsys.readouterr().out


def test_a_column_that_is_left_out_says_why(tmp_path, capsys):
    described(tmp_path, LOANS.replace("all old", "all new"), default=("Charged Off",))

    note = next(line for line in capsys.readouterr().out.splitlines() if line.strip().startswith("note"))
    assert note.endswith("left out: all rows have the same value")


QUESTIONS = {
    "which column": (
        {"target": "TARGET"},
        "has no column 'TARGET': which column is the outcome of the loan? Name its target with `-P target=...`: those "
        "of two to ten values are status ('Charged Off', 'Fully Paid', 'Current'), issue_d",
    ),
    "which value": (
        {},
        "status has 'Charged Off' (2), 'Fully Paid' (2), 'Current' (1): which of them is a default? Name it with "
        "`-P default=...`",
    ),
    "a value that there is not": ({"default": ("Charged",)}, "status has no 'Charged': it has 'Charged Off' (2)"),
    "a date that is none": ({"default": ("Charged Off",), "date": "loan"}, "date: loan is a money: expected a"),
    "a date that there is not": ({"default": ("Charged Off",), "date": "when"}, "has no column 'when': name its date"),
    "an id that there is not": ({"default": ("Charged Off",), "id": "number"}, "has no column 'number': name its id"),
}  # fmt: skip


@pytest.mark.parametrize(("named", "question"), QUESTIONS.values(), ids=QUESTIONS)
def test_what_cannot_be_known_is_asked_in_one_sentence_and_nothing_is_written(tmp_path, named, question):
    question = question.replace(", issue_d", "")
    with pytest.raises(UserError, match=re.escape(question)) as error:
        described(tmp_path, **named)

    assert "\n" not in str(error.value)
    assert not (tmp_path / "loans.yaml").exists()


def test_the_question_for_the_outcome_offers_no_column_of_one_or_of_many_values(tmp_path):
    rows = "".join(f"{row},same,{row % 3},{row % 11}\n" for row in range(40))

    with pytest.raises(UserError, match=r"those of two to ten values are c \('0', '1', '2'\)$"):
        described(tmp_path, f"a,b,c,d\n{rows}")


def test_a_description_that_exists_is_kept(tmp_path):
    (tmp_path / "loans.yaml").write_text("corrected")

    with pytest.raises(UserError, match="exists, and may have been corrected"):
        described(tmp_path, default=("Charged Off",))

    assert (tmp_path / "loans.yaml").read_text() == "corrected"


WRONG = {
    "a description": ("loans.yaml", "other.yaml", "is a description: name the file to describe"),
    "no file": ("absent.csv", "other.yaml", "found none at"),
    "a folder": (".", "other.yaml", "found none at"),
    "no YAML": ("loans.csv", "loans.txt", "expected a file that ends in .yaml or .yml"),
}


@pytest.mark.parametrize(("data", "out", "problem"), WRONG.values(), ids=WRONG)
def test_wrong_parameters_are_errors(tmp_path, data, out, problem):
    for name in ("loans.csv", "loans.yaml"):
        (tmp_path / name).write_text(LOANS)

    with pytest.raises(UserError, match=problem):
        describe_file(tmp_path / data, tmp_path / out, Named("status"), Settings(data_folder=tmp_path / "data"))


def test_a_corrected_description_stands_for_the_data(tmp_path):
    text = described(tmp_path, default=("Charged Off",))
    corrected = (
        text.replace('"closed_on": {', '"closed_on": {use: false, ')
        .replace('"sex": {', '"sex": {use: false, protected: true, words: Sex of the borrower, ')
        .replace(
            '"int_rate": {', '"int_rate": {direction: increasing, words: {about: Yearly rate, high: The rate is high}, '
        )
        .replace('"loan": {is: money, unit: $}', '"loan": {is: category}')
    )
    (tmp_path / "loans.yaml").write_text(corrected, "utf-8")

    settings = Settings(data_folder=tmp_path / "data")
    table = read_feature_table(
        build(str(tmp_path / "loans.yaml"), tmp_path / "out.parquet", Engine.duckdb, "TARGET", "SK_ID_CURR", settings)
    )

    assert table.fields == ["loan", "int_rate", "term", "sex", "note"]
    assert table.frame["loan"].tolist() == ["$5,000.00", "$2,500.00", "$2,400.00", "$900.00"]
    assert (table.lineage.date, table.lineage.unlabelled, len(table.unlabelled)) == ("issue_d", 1, 1)
    assert (table.lineage.protected, table.lineage.unused) == (("sex",), ("sex",))
    assert table.lineage.directions == {"int_rate": "increasing"}
    assert table.lineage.meanings["int_rate"].description == "Yearly rate."
    assert (table.lineage.meanings["int_rate"].unit, table.lineage.meanings["term"].unit) == ("%", "months")
    assert table.lineage.words["int_rate"].high == "The rate is high"


def test_a_description_in_another_folder_finds_its_file(tmp_path):
    (tmp_path / "loans.csv").write_text(LOANS)
    (tmp_path / "notes").mkdir()
    out, settings = tmp_path / "notes" / "loans.yaml", Settings(data_folder=tmp_path / "data")

    describe_file(tmp_path / "loans.csv", out, Named("status", default=("Charged Off",)), settings)

    assert read_description(out).file == str(tmp_path / "loans.csv")
    assert "file: loans.csv" in described(tmp_path, default=("Charged Off",))


def test_what_describe_finds_is_what_a_plain_file_is_read_with(tmp_path):
    described(tmp_path, default=("Charged Off",))
    settings, tables = Settings(data_folder=tmp_path / "data"), []
    for data, default in (("loans.csv", "Charged Off"), ("loans.yaml", "")):
        out = tmp_path / f"{data}.parquet"
        build(str(tmp_path / data), out, Engine.duckdb, "status", "SK_ID_CURR", settings, default)
        tables.append(read_feature_table(out))

    assert tables[0].frame.equals(tables[1].frame)
    assert tables[0].lineage == tables[1].lineage


def test_kinds_of_the_description_are_those_found(tmp_path):
    described(tmp_path, default=("Charged Off",))

    kinds = {name: column.kind for name, column in read_description(tmp_path / "loans.yaml").columns.items()}
    assert (kinds["loan"], kinds["term"], kinds["issue_d"]) == (Kind.money, Kind.duration, Kind.date)


APART = {
    "another column": (("int_rate;", "rate;"), "loans.csv has no int_rate and it does not describe rate"),
    "no outcome": ((";status", ";state"), "loans.csv has no status, the outcome of its loans: applications whose"),
    "a value in another spelling": (
        ("10.65%", "about 10"),
        "int_rate is a percentage: 1 of 5 values cannot be read as one",
    ),
    "no default": (("Charged Off", "Late"), "target.default: status has no 'Charged Off': it has 'Fully Paid' (2)"),
    "no good loan": (("Fully Paid", "Current"), "target.no_default: status has no 'Fully Paid': it has"),
}


def test_a_separator_that_is_not_the_files_is_named(tmp_path):
    text = described(tmp_path, default=("Charged Off",))
    (tmp_path / "loans.yaml").write_text(text.replace("separator: ;", "separator: '|'").replace('";"', '"|"'))

    with pytest.raises(UserError, match=r"one column when it is read with the separator '\|', and 9 are described"):
        build(str(tmp_path / "loans.yaml"), tmp_path / "out.parquet", Engine.duckdb, "TARGET", "SK_ID_CURR", Settings())


@pytest.mark.parametrize(("change", "problem"), APART.values(), ids=APART)
def test_a_file_that_is_no_longer_as_described_is_an_error(tmp_path, change, problem):
    described(tmp_path, default=("Charged Off",))
    (tmp_path / "loans.csv").write_text(LOANS.replace(*change))

    with pytest.raises(UserError, match=re.escape(problem)):
        build(str(tmp_path / "loans.yaml"), tmp_path / "out.parquet", Engine.duckdb, "TARGET", "SK_ID_CURR", Settings())


def test_the_output_in_the_documents_is_that_of_the_command(tmp_path, capsys):
    write_loans(tmp_path / "loans.csv")
    named = Named("loan_status", default=("Charged Off",))

    describe_file(tmp_path / "loans.csv", tmp_path / "loans.yaml", named, Settings(data_folder=tmp_path / "data"))

    lines = [f"    {line}".rstrip() for line in capsys.readouterr().out.splitlines()]
    assert "\n".join(lines) in (PROJECT / "data" / "README.md").read_text("utf-8")


def test_the_training_that_is_proposed_is_in_the_documents(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_loans(Path("loans.csv"))

    main(data="loans.csv", target="loan_status", default="Charged Off")

    proposed = capsys.readouterr().out.splitlines()[-1]
    assert proposed.endswith("mlflow run . --env-manager local -P data=loans.yaml")
    assert f"    {proposed}\n" in (PROJECT / "data" / "README.md").read_text("utf-8")


def test_the_question_in_the_documents_is_that_of_the_command(tmp_path):
    write_loans(tmp_path / "loans.csv")

    with pytest.raises(UserError) as error:
        describe_file(
            tmp_path / "loans.csv",
            tmp_path / "loans.yaml",
            Named("loan_status"),
            Settings(data_folder=tmp_path / "data"),
        )

    question = str(error.value).replace(str(tmp_path / "loans.csv"), "loans.csv")
    assert f"    error: {question}\n" in (PROJECT / "data" / "README.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("named", "problem"),
    [
        ({"target": "sex"}, "target: loans.yaml describes it as status"),
        ({"identity": "loan"}, "id: loans.yaml describes it as key"),
        ({"default": "Current"}, "default: loans.yaml describes it as Charged Off"),
    ],
    ids=["target", "id", "default"],
)
def test_a_parameter_that_says_something_else_than_the_description_is_an_error(tmp_path, named, problem):
    described(tmp_path, default=("Charged Off",))
    parameters = {"target": "TARGET", "identity": "SK_ID_CURR", "default": "", **named}

    with pytest.raises(UserError, match=problem):
        build(str(tmp_path / "loans.yaml"), tmp_path / "out.parquet", Engine.duckdb, settings=Settings(), **parameters)


def test_parameters_that_say_what_the_description_says_are_none_too_many(tmp_path):
    described(tmp_path, default=("Charged Off",))

    out = build(
        str(tmp_path / "loans.yaml"), tmp_path / "o.parquet", Engine.duckdb, "status", "key", Settings(), "Charged Off"
    )

    assert len(read_feature_table(out).frame) == 4
