"""A description may say anything: it becomes one line of an error, or values of the file and nothing else."""

import json
from pathlib import Path

import pytest

from steps.features import build
from steps.run.console import UserError
from steps.run.settings import Engine, Settings
from steps.tables.feature_table import read_feature_table

ROWS = [("k", "age", "home", "since", "bad"), (1, 30, "own", "2012-01-31", 0), (2, 41, "rent", "2012-02-01", 1),
        (3, 52, "own", "2012-03-01", 0)]  # fmt: skip
KINDS = {"k": "number", "age": "number", "home": "category", "since": "date", "bad": "number"}
INJECTED = ["'", "''", "'); DROP TABLE raw; --", "' OR '1'='1", '"', "\\", "$1", "?", "{0}", "%s", "\0", "\n", "é"]


def described(folder: Path, **entries: object) -> Path:
    """A description of a small file, with these entries in the place of its own; of columns, beside their kind."""
    (folder / "loans.csv").write_text("".join(",".join(map(str, row)) + "\n" for row in ROWS))
    of_columns = entries.pop("columns", {})
    columns = {name: {"is": kind, **of_columns.get(name, {})} for name, kind in KINDS.items()}  # type: ignore[attr-defined]
    columns["since"].setdefault("written", "%Y-%m-%d")
    content = {
        "file": "loans.csv",
        "reading": {"separator": ","},
        "id": "k",
        "target": {"column": "bad", "default": ["1"], "no_default": ["0"]},
        "columns": columns,
        **entries,
    }
    (folder / "loans.yaml").write_text(json.dumps(content, ensure_ascii=True), "utf-8")
    return folder / "loans.yaml"


def built(description: Path) -> dict[str, list]:
    out = build(str(description), description.parent / "out.parquet", Engine.duckdb, "TARGET", "SK_ID_CURR", Settings())
    return read_feature_table(out).frame.to_dict("list")


PLAIN = {"age": [30, 41, 52], "home": ["own", "rent", "own"], "bad": [0, 1, 0]}


@pytest.mark.parametrize("text", INJECTED, ids=repr)
def test_texts_of_a_description_are_values_in_sql(tmp_path, text):
    columns = {name: {"missing": [text], "words": text} for name in ("age", "home", "since")}
    target = {"column": "bad", "default": ["1", text], "no_default": ["0", text + text]}

    read = built(described(tmp_path, columns=columns, target=target))

    assert {name: read[name] for name in PLAIN} == PLAIN
    assert len(set(read["since"])) == 3


HOSTILE = {
    "a folder": ({"file": "."}, "its file .* does not exist"),
    "a device": ({"file": "/dev/zero"}, "its file /dev/zero does not exist"),
    "an address": ({"file": "http://127.0.0.1:9/loans.csv"}, "does not exist"),
    "a pattern": ({"file": "*.csv"}, "does not exist"),
    "a file that is no table": ({"file": "/etc/hostname"}, "expected a file that ends in .csv"),
    "NUL in a path": ({"file": "loans\0.csv"}, "file: expected the path of a file, got one with a NUL"),
    "an escape sequence in a path": ({"file": "\x1b[31m.csv"}, r"its file .*\\x1b\[31m.csv does not exist"),
    "a NUL as separator": ({"reading": {"separator": "\0"}}, "expected two different characters, no line end"),
    "a letter as quote": ({"reading": {"separator": ",", "quote": "é"}}, "cannot be read"),
    "an encoding of bytes": ({"reading": {"separator": ",", "encoding": "zlib"}}, "there is no encoding 'zlib'"),
    "an encoding with NUL": ({"reading": {"separator": ",", "encoding": "\0"}}, r"there is no encoding '\\x00'"),
    "half a character": ({"leaks": "\ud800"}, r"\\ud800 has half a character"),
    "a spelling of a date that reads nothing": ({"columns": {"since": {"written": "%Y'--"}}}, "since is a date: 3 of"),
    "a code that is none": ({"columns": {"since": {"written": "%Y%Q"}}}, "expected a date in strptime's codes"),
    "a name of a column": ({"id": "x\x1b[31m\ny"}, r"there is no column x\\x1b\[31m\\ny"),
    "a decimal sign": ({"columns": {"age": {"decimal": "'"}}}, "columns.age.decimal: expected"),
    "a kind": ({"columns": {"age": {"is": "number'; DROP"}}}, "columns.age.is: expected"),
    "a unit": ({"columns": {"age": {"is": "duration", "unit": "days'; DROP"}}}, "unit: a duration is in days"),
    "no end of a text": ({"leaks": "x" * 100_000}, r"leaks: expected .*\.\.\.$"),
}


@pytest.mark.parametrize(("entries", "problem"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_entry_is_one_short_printable_line(tmp_path, entries, problem):
    with pytest.raises(UserError, match=problem) as error:
        built(described(tmp_path, **entries))

    assert str(error.value).isprintable()
    assert len(str(error.value)) < 1_000
    assert not (tmp_path / "out.parquet").exists()


def test_a_description_of_aliases_or_tags_is_refused_before_it_grows(tmp_path):
    levels = "".join(f"l{each}: &l{each} [{', '.join([f'*l{each - 1}'] * 10)}]\n" for each in range(1, 10))
    (tmp_path / "bomb.yaml").write_text(f"l0: &l0 [x]\n{levels}")
    (tmp_path / "tag.yaml").write_text("file: !!python/object/apply:os.system ['touch there']\n")

    for name, problem in {"bomb": "the alias 'l0' stands for", "tag": "the tag .*os.system' is not read"}.items():
        with pytest.raises(UserError, match=problem) as error:
            built(tmp_path / f"{name}.yaml")
        assert str(error.value).isprintable()
    assert not Path("there").exists()
