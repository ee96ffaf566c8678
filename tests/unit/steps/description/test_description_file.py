"""The description as a file: what is written is read back, and what is wrong is named with its line."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steps.description.description_file import read_description, write_description
from steps.description.document import Column, Description, Kind, Outcome, Reading
from steps.run.console import UserError
from steps.tables.words import Words

FULL = Description(
    file="loans, new.csv",
    reading=Reading(separator="\t", quote="'", skip=2, encoding="cp1252"),
    id="yes",
    target=Outcome(column="status", default=("1", "Yes", "NULL"), no_default=("0", "no", "a, b: [c]")),
    date="opened",
    leaks="leave-out",
    columns={
        "yes": Column(kind=Kind.number),
        "status": Column(kind=Kind.category, missing=("null", "~", "1e3")),
        "opened": Column(kind=Kind.date, written=("%d/%m/%Y", "%b-%Y")),
        "1": Column(kind=Kind.money, unit="$", decimal=",", direction="decreasing"),
        "a=b: {c}": Column(kind=Kind.duration, unit="months", protected=True),
        "größe\n#2": Column(kind=Kind.text, use=False, because="it is free text"),
        'with "quotes"': Column(kind=Kind.number, words=Words(about="Monthly income: net")),
        "other": Column(kind=Kind.percentage, words=Words(low="It is low", missing="It is not known")),
        "home": Column(kind=Kind.flag),
    },
)
PLAIN = """\
file: loans.csv
reading: {separator: ","}
target: {column: bad, default: [1], no_default: [0]}
columns:
  bad: {is: number}
  age: {is: number}
"""


def test_a_description_is_read_back_as_it_was_written(tmp_path):
    write_description(FULL, tmp_path / "loans.yaml")

    assert read_description(tmp_path / "loans.yaml") == FULL


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


@settings(max_examples=200, deadline=None)
@given(names=st.lists(TEXTS, min_size=2, max_size=5, unique=True), values=st.lists(TEXTS, min_size=2, unique=True))
def test_any_names_and_values_are_read_back_as_they_were_written(names, values):
    description = Description(
        file=values[0],
        id=names[0],
        target=Outcome(column=names[1], default=values[:1], no_default=values[1:]),
        columns={name: Column(kind=Kind.category, missing=values, words=Words(about=values[0])) for name in names},
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "loans.yaml"

        write_description(description, path)

        assert read_description(path) == description


def test_a_description_without_id_and_date_says_so(tmp_path):
    bare = FULL.model_copy(update={"id": None, "date": None})
    write_description(bare, tmp_path / "loans.yaml")

    assert {"id: none", "date: none"} <= set((tmp_path / "loans.yaml").read_text("utf-8").splitlines())
    assert read_description(tmp_path / "loans.yaml") == bare


def test_the_head_says_what_each_entry_means_and_each_column_has_a_line(tmp_path):
    write_description(FULL, tmp_path / "loans.yaml")

    head, _, columns = (tmp_path / "loans.yaml").read_text("utf-8").partition("\ncolumns:\n")
    entries = [
        *Description.model_fields,
        "is",
        *(name for name in Column.model_fields if name not in ("kind", "because")),
    ]
    assert [name for name in entries if f"# {name} " not in head and f"#   {name} " not in head] == []
    assert len(columns.splitlines()) == len(FULL.columns)


def test_a_description_that_may_have_been_corrected_is_never_replaced(tmp_path):
    (tmp_path / "loans.yaml").write_text("corrected")

    with pytest.raises(UserError, match="exists, and may have been corrected"):
        write_description(FULL, tmp_path / "loans.yaml")

    assert (tmp_path / "loans.yaml").read_text() == "corrected"


@pytest.mark.parametrize("value", ["yes", "no", "NULL", "1", "1.0", "2012-01-31", "off", "~", "0x1F", "1_000"])
def test_values_are_the_texts_that_a_person_writes_without_quotes(tmp_path, value):
    text = PLAIN.replace("default: [1]", f"default: [{value}]").replace("age: {", f"age: {{missing: [{value}], ")
    (tmp_path / "loans.yaml").write_text(text)

    read = read_description(tmp_path / "loans.yaml")

    assert read.target.default == read.columns["age"].missing == (value,)


def test_a_text_alone_is_a_list_of_it_and_words_alone_say_what_a_column_is(tmp_path):
    text = PLAIN.replace("[1]", "Charged Off").replace("age: {is: number}", "age: {is: number, words: Age in years}")
    (tmp_path / "loans.yaml").write_text(text)

    read = read_description(tmp_path / "loans.yaml")

    assert read.target.default == ("Charged Off",)
    assert read.columns["age"].words.about == "Age in years"


@pytest.mark.parametrize("none", ["none", "None", "null", "~", ""])
def test_no_id_is_written_in_any_of_the_usual_ways(tmp_path, none):
    (tmp_path / "loans.yaml").write_text(f"id: {none}\ndate: {none}\n{PLAIN}")

    read = read_description(tmp_path / "loans.yaml")

    assert (read.id, read.date) == (None, None)


WRONG = {
    "another kind": (
        "age: {is: number}",
        "age: {is: numbre}",
        "line 6: columns.age.is: expected 'number'.*got 'numbre'",
    ),
    "a misspelt entry": (
        "is: number}\n  age",
        "is: number, usse: no}\n  age",
        "line 5: columns.bad.usse: .*mean use.$",
    ),
    "a misspelt section": ("target:", "traget:", r"line 3: traget: expected only .*did you mean target\?"),
    "no target": ("target: {column: bad, default: [1], no_default: [0]}\n", "", "target: expected this entry"),
    "a target that is no column": ("column: bad", "column: worse", r"target\.column: there is no column worse"),
    "an id that is no column": ("file:", "id: key\nfile:", "id: there is no column key"),
    "a date that is none": ("file:", "date: age\nfile:", "date: age is a number, not a date"),
    "one column as id and target": ("file:", "id: bad\nfile:", "three different columns"),
    "a value that is both": ("[0]", "[1]", "line 3: target: 1 cannot be both"),
    "no value of a default": ("default: [1]", "default: []", r"line 3: target\.default: "),
    "use that is no boolean": ("age: {is: number", "age: {is: number, use: maybe", "line 6: .*expected true or false"),
    "skip that is no number": (
        '","}',
        '",", skip: some}',
        r"line 2: reading\.skip: expected a whole number, got 'some'",
    ),
    "skip without an end": ('","}', '",", skip: 99999999999}', r"reading\.skip: expected a number of at most 10000"),
    "a separator that is the quote": ('","}', '",", quote: ","}', "line 2: reading: separator and quote: expected two"),
    "a line end as separator": ('","}', '"\\n"}', "line 2: reading: separator and quote: expected two"),
    "a separator of two characters": ('","', '",,"', r"line 2: reading\.separator: "),
    "a duration without a unit": ("age: {is: number", "age: {is: duration", "line 6: columns.age: unit: .*days"),
    "a unit of a number": ("age: {is: number", "age: {is: number, unit: m", "line 6: columns.age: unit: only money"),
    "a date without its spelling": (
        "age: {is: number",
        "age: {is: date",
        r"columns\.age\.written: expected the spelling",
    ),
    "a spelling that is none": ("age: {is: number", "age: {is: date, written: [dd/mm]", "line 6: .*strptime's codes"),
    "a quote in a spelling": ("age: {is: number", """age: {is: date, written: ["%Q'; DROP"]""", "strptime's codes"),
    "a direction of words": (
        "age: {is: number",
        "age: {is: category, direction: increasing",
        "line 6: .*direction: the",
    ),
    "a direction that is none": ("age: {is: number", "age: {is: number, direction: up", "'increasing' or 'decreasing'"),
    "low of a category": ("age: {is: number", "age: {is: category, words: {low: x}", "neither low nor high"),
    "words that are none": (
        "age: {is: number",
        "age: {is: number, words: {lo: x}",
        r"columns\.age\.words\.lo: .*low\?",
    ),
    "a column twice": ("  age:", "  bad: {is: number}\n  age:", "line 5, column 3: bad is there twice"),
    "an alias": ("default: [1], no_default: [0]", "default: &a [1], no_default: *a", "the alias 'a' stands for"),
    "no mapping": (PLAIN, "- 1", "expected the entries of a description"),
    "nothing": (PLAIN, "", "expected the entries of a description"),
    "no YAML": ("reading: {", "reading: }", "is not YAML: line 2, column 10"),
    "no reading of a text file": ('separator: ","', "skip: 0", "expected the separator of a text file"),
}


@pytest.mark.parametrize(("present", "wrong", "problem"), WRONG.values(), ids=WRONG)
def test_a_wrong_entry_is_an_error_with_its_name(tmp_path, present, wrong, problem):
    assert present in PLAIN
    (tmp_path / "loans.yaml").write_text(PLAIN.replace(present, wrong, 1))

    with pytest.raises(UserError, match=problem) as error:
        read_description(tmp_path / "loans.yaml")

    assert "\n" not in str(error.value)


def test_all_wrong_entries_are_named_at_once(tmp_path):
    (tmp_path / "loans.yaml").write_text(PLAIN.replace("number", "numbre").replace('","', "''"))

    with pytest.raises(UserError, match=r"columns\.bad\.is.*columns\.age\.is"):
        read_description(tmp_path / "loans.yaml")


def test_a_document_of_another_size_or_kind_is_no_description(tmp_path):
    (tmp_path / "large.yaml").write_text("#" * (4 * 1024 * 1024 + 1))
    (tmp_path / "deep.yaml").write_text("[" * 1000)
    (tmp_path / "latin.yaml").write_bytes("größe: 1".encode("latin-1"))

    for name, problem in {"large": "at most 4096 KiB", "deep": "levels", "latin": "expected UTF-8"}.items():
        with pytest.raises(UserError, match=problem):
            read_description(tmp_path / f"{name}.yaml")
    with pytest.raises(UserError, match="found no such file"):
        read_description(tmp_path / "absent.yaml")
