"""SECURITY.md promises nothing without a test: each of its sentences and rows is in security_promises.yaml.

An entry has the tests that hold its text, or `no_promise`: why it is none of the software's (a definition, a task of
the operator, advice).
"""

import ast
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from custom_model.errors import MAX_PROBLEMS
from custom_model.server import json_counts, parquet_body, parquet_pages, protocol
from custom_model.server.settings import Settings
from custom_model.server.vitals import Patience
from custom_model.texts import MAX_TEXT_LENGTH

PROJECT = Path(__file__).resolve().parents[2]
INVENTORY = PROJECT / "tests" / "project" / "security_promises.yaml"
TESTS = "test"  # the column with the files of a row's tests


def test_every_sentence_and_row_is_in_the_inventory_once():
    documented, listed = list(promises(document())), [entry["text"] for entry in inventory()]

    assert [text for text in documented if text not in listed] == []
    assert len(set(documented)) == len(documented)


def test_every_entry_of_the_inventory_is_in_the_document_in_its_order():
    assert [entry["text"] for entry in inventory()] == list(promises(document()))


def test_every_entry_has_tests_or_the_reason_why_it_is_no_promise_of_the_software():
    for entry in inventory():
        assert set(entry) in ({"text", "tests"}, {"text", "no_promise"}), entry
        assert entry.get("tests") or len(entry.get("no_promise", "").split()) >= 3, entry


def test_every_test_of_the_inventory_exists_and_is_run():
    named = {name for entry in inventory() for name in entry.get("tests", [])}

    assert [name for name in sorted(named) if not runs(name)] == []


def test_the_last_column_has_the_files_of_a_rows_tests():
    tested = {
        entry["text"]: {name.partition("::")[0].removeprefix("tests/") for name in entry.get("tests", [])}
        for entry in inventory()
    }
    columns = dict(rows(document()))

    assert [text for text, files in columns.items() if files is not None and files != tested[text]] == []
    assert sum(files is not None for files in columns.values()) > 50


def test_limits_are_those_of_the_code():
    limits = Settings(served_model="model")
    mib, kib = 1024 * 1024, 1024
    for words in (
        f"over {limits.max_body_bytes // mib} MiB (`MAX_BODY_BYTES`)",
        f"more than {limits.max_rows:,} applications (`MAX_ROWS`)",
        f"408 after {limits.body_seconds:.0f} s (`BODY_SECONDS`)",
        f"from {limits.max_head_bytes // kib} KiB on (`MAX_HEAD_BYTES`)",
        f"closed, after {limits.head_seconds:.0f} s (`HEAD_SECONDS`)",
        f"(`MAX_REQUESTS`, {limits.max_requests}; `MAX_HELD_BYTES`, {limits.max_held_bytes // mib} MiB;",
        f"more than {protocol.MAX_HEADERS} headers",
        f"{protocol.MAX_PIPELINED} wait, then 503",
        f"dropped after {protocol.READ_SECONDS:.0f} s",
        f"waited for, up to {Patience().busy:.0f} s",
        f"the first {MAX_PROBLEMS:,}, and that there are more",
        f"over {MAX_TEXT_LENGTH:,} characters",
        f"{json_counts.BRACKETS} for each application",
        f"and {json_counts.SEPARATORS} more for each",
        f"{parquet_body.FOOTER_BYTES // kib} KiB, and {parquet_body.FOOTER_BYTES_OF_FIELD // kib} KiB for each field",
        f"{parquet_pages.MAX_PAGES:,} pages; {parquet_pages.MAX_DICTIONARY:,} values",
    ):
        assert words in document(), words


def test_git_ignores_data_and_models_but_not_the_page_about_them():
    def ignored(*paths: str) -> list[str]:
        command = ["git", "check-ignore", "--no-index", *paths]
        return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False).stdout.split()

    if not (PROJECT / ".git").exists():
        pytest.skip("this folder is no clone: its .gitignore has no effect")
    raw = ["data/application_train.csv", "data/features.parquet", "data/deep/file", "data/decisions.db", "mlflow.db"]
    brought = ["home-credit-default-risk.zip", "loans.csv", "loans.parquet", "loans.xlsx", "loans.yaml"]
    tracked = ["data/README.md", "steps/train.py", "policy.yaml", "tests/loans.csv"]

    assert ignored(*raw, *brought, *tracked) == raw + brought


DOCUMENT = """
# Title

It **listens** on 127.0.0.1. All
of [it](x.md#y), too:

    a command. Of code.

| attack | happens | test |
|---|---|---|
| `a` | 400 | `serving/test_a.py`, `unit/test_b.py` |
| one without a test | | |

- A point. Another: yes?
- The last

| where | data |
|---|---|
| there | none |
"""


def test_sentences_and_rows_are_found_and_code_is_not():
    assert list(promises(DOCUMENT)) == [
        *("It listens on 127.0.0.1.", "All of it, too:", "`a` | 400", "one without a test |"),
        *("A point.", "Another: yes?", "The last", "there | none"),
    ]
    assert dict(rows(DOCUMENT)) == {
        "`a` | 400": {"serving/test_a.py", "unit/test_b.py"},
        "one without a test |": set(),
        "there | none": None,
    }


@pytest.mark.parametrize(
    ("source", "is_run"),
    [
        ("def test_a():\n    assert 1", True),
        ("@pytest.mark.parametrize('a', [1])\ndef test_a(a):\n    assert a", True),
        ("@pytest.mark.skipif(True, reason='')\ndef test_a():\n    assert 1", True),
        ("# def test_a():\n#    assert 1", False),
        ("'''\ndef test_a():\n    assert 1\n'''", False),
        ("def test_ab():\n    assert 1", False),
        ("def outer():\n    def test_a():\n        assert 1", False),
        ("if False:\n    def test_a():\n        assert 1", False),
        ("@pytest.mark.skip\ndef test_a():\n    assert 1", False),
        ("@pytest.mark.xfail(reason='')\ndef test_a():\n    assert 1", False),
        ("pytestmark = pytest.mark.skip(reason='')\ndef test_a():\n    assert 1", False),
        ("def test_a():\n    assert 1\ntest_a = None", False),
        ("def test_a():\n    pass", False),
    ],
)
def test_only_a_test_that_pytest_runs_and_that_can_fail_exists(source, is_run):
    assert ("test_a" in functions_of(source)) is is_run


def test_a_test_of_another_file_or_of_none_does_not_exist():
    assert runs("tests/project/test_security.py::test_every_test_of_the_inventory_exists_and_is_run")
    assert not runs("tests/project/test_documents.py::test_every_test_of_the_inventory_exists_and_is_run")
    assert not runs("tests/project/test_nowhere.py::test_a")
    assert not runs("tests/project/security_promises.yaml::test_a")
    assert not runs("tests/project/test_security.py")


def document() -> str:
    return (PROJECT / "SECURITY.md").read_text("utf-8")


def inventory() -> list[dict]:
    return yaml.safe_load(INVENTORY.read_text("utf-8"))


def promises(markdown: str) -> list[str]:
    """All sentences and rows, as plain text in their order; headings and blocks of code are left out."""
    found = []
    for block in re.split(r"\n\s*\n|\n(?=- )", markdown):
        if block.strip().startswith("|"):
            found += [text for text, _ in table_rows(block)]
        elif not re.match(r"\n*(    |#)", block):
            found += [each for each in re.split(r"(?<=[.!?])\s+", plain(block.strip().removeprefix("- "))) if each]
    return found


def rows(markdown: str) -> list[tuple[str, set[str] | None]]:
    """All rows with the files of their last column; None in a table without such a column."""
    blocks = re.split(r"\n\s*\n", markdown)
    return [row for block in blocks if block.strip().startswith("|") for row in table_rows(block)]


def table_rows(block: str) -> list[tuple[str, set[str] | None]]:
    header, _, *lines = [
        [plain(cell) for cell in line.strip().strip("|").split("|")] for line in block.strip().splitlines()
    ]
    if header[-1] != TESTS:
        return [(" | ".join(cells).strip(), None) for cells in lines]
    return [(" | ".join(cells[:-1]).strip(), set(re.findall(r"`([^`]+)`", cells[-1]))) for cells in lines]


def plain(markdown: str) -> str:
    """Text without links' targets, emphasis and line breaks."""
    return " ".join(re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", markdown).replace("**", "").split())


def runs(name: str) -> bool:
    """Whether a test of this name, `path::function`, is in that file, and pytest runs it."""
    path, _, function = name.partition("::")
    file = PROJECT / path
    is_test = path.startswith("tests/") and file.name.startswith("test_") and file.suffix == ".py"
    return is_test and file.is_file() and function in functions_of(file.read_text("utf-8"))


def functions_of(source: str) -> set[str]:
    """The tests of a file that are run and can fail: not nested, skipped, expected to fail, or without a check."""
    found: set[str] = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            is_skipped = any(is_left_out(decorator) for decorator in node.decorator_list)
            if not is_skipped and any(is_check(part) for part in ast.walk(node)):
                found.add(node.name)
        elif isinstance(node, ast.Assign):
            targets = {target.id for target in node.targets if isinstance(target, ast.Name)}
            if "pytestmark" in targets and any(is_left_out(part) for part in ast.walk(node.value)):
                return set()
            found -= targets
    return found


def is_left_out(node: ast.AST) -> bool:
    node = node.func if isinstance(node, ast.Call) else node
    return isinstance(node, ast.Attribute) and node.attr in ("skip", "xfail")


def is_check(node: ast.AST) -> bool:
    """An assertion, or a call that fails by itself: pytest.raises, pytest.fail, a function of the test's file."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) or getattr(node.func, "attr", "") in ("raises", "fail")
    return isinstance(node, ast.Assert)
