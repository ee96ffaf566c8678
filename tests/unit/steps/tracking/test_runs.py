"""Tags of a run: its commit, and whether the working tree has changes."""

import os

import mlflow
import pytest
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE
from mlflow.utils.validation import MAX_TAG_VAL_LENGTH

from steps.tracking.mlflow_internals import COMMIT_TAG
from steps.tracking.runs import CUT, _log_code, describe_run


@pytest.fixture
def tags_with_git(tmp_path, monkeypatch):
    """The tags of a run with these shell commands for git rev-parse and git status."""

    def tags(rev_parse: str, status: str) -> dict[str, str]:
        cases = f"rev-parse) {rev_parse};; status) {status};;"
        (tmp_path / "git").write_text(f'#!/bin/sh\nshift 2\ncase "$1" in {cases} esac\n')
        (tmp_path / "git").chmod(0o755)
        monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path), os.environ["PATH"]]))
        logged: dict[str, str] = {}
        monkeypatch.setattr(mlflow, "set_tags", logged.update)
        _log_code()
        return logged

    return tags


@pytest.mark.parametrize(
    ("status", "changed"),
    [("true", "false"), ("echo ' M steps/train.py'", "true"), ("exit 128", "unknown")],
    ids=["unchanged", "changed", "git fails"],
)
def test_a_run_is_tagged_as_unchanged_only_where_git_reports_no_change(tags_with_git, status, changed):
    assert tags_with_git("echo c0ffee", status) == {COMMIT_TAG: "c0ffee", "git.changed": changed}


def test_a_run_outside_a_repository_has_no_tags_of_code(tags_with_git):
    no_repository = "echo 'fatal: not a git repository (or any of the parent directories): .git' >&2; exit 128"

    assert tags_with_git(no_repository, no_repository) == {}


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        ("echo 'fatal: detected dubious ownership' >&2; exit 128", "fatal: detected dubious ownership"),
        ("exit 128", "git rev-parse ended with status 128"),
    ],
)
def test_a_failure_of_git_is_tagged_with_its_reason(tags_with_git, failure, reason):
    assert tags_with_git(failure, "true") == {"git.error": reason}


def test_a_run_without_git_has_no_tags_of_code(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(mlflow, "set_tags", lambda tags: pytest.fail("expected no tags"))

    _log_code()


@pytest.mark.parametrize("lines", [10, 1_000], ids=["short", "too long"])
def test_a_description_that_mlflow_would_cut_off_ends_with_a_whole_line_and_says_so(monkeypatch, lines):
    kept: dict[str, str] = {}
    monkeypatch.setattr(mlflow, "set_tag", lambda name, text: kept.update({name: text}))

    describe_run("\n".join(["| a row |"] * lines))

    text = kept[MLFLOW_RUN_NOTE]
    assert len(text) <= MAX_TAG_VAL_LENGTH
    assert text.endswith(CUT) is (lines == 1_000)
    assert set(text.removesuffix(CUT).splitlines()) == {"| a row |"}


def test_a_description_of_one_line_that_is_too_long_keeps_its_beginning(monkeypatch):
    kept: dict[str, str] = {}
    monkeypatch.setattr(mlflow, "set_tag", lambda name, text: kept.update({name: text}))

    describe_run("x" * 10_000)

    text = kept[MLFLOW_RUN_NOTE]
    assert len(text) == MAX_TAG_VAL_LENGTH
    assert text == "x" * (MAX_TAG_VAL_LENGTH - len(CUT)) + CUT
