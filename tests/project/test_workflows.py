"""The workflows are right and safe by actionlint, zizmor and shellcheck, and each of their commands has a test."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from steps.run.settings import PROJECT

WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))
SCRIPTS = [
    path
    for path in sorted([*(PROJECT / ".ci").iterdir(), *PROJECT.glob("deploy/**/*.sh")])
    if path.is_file() and path.read_bytes().startswith(b"#!/usr/bin/env bash")
]
PINNED = re.compile(r"uses: (actions/[\w-]+)@[0-9a-f]{40} # v\d+\.\d+\.\d+")

# Each command of a workflow: the test that runs it, or why none does.
TESTS = {
    "make audit": "test_audit.py runs .ci/audit against a service of vulnerabilities on this machine",
    "make lock-age": "test_lock.py runs .ci/lock_age.py",
    '.ci/push_image "$GITHUB_REF_NAME"': "test_an_image_is_pushed_...",
    'PATH="$PWD/.venv/bin:$PATH" deploy/monitoring/watch.sh "$TRAINING_DATA"': "test_monitor.py runs watch.sh",
}
UNTESTED = {
    ".ci/run": "runs the tests themselves",
    "make coverage": "runs the tests themselves",
    "make .venv/.ready": "installs the environment that the tests run in",
    'make release TAG="$GITHUB_REF_NAME"': "minutes of training: its notes are tested here, its `make run` in "
    "tests/recipes, its image in tests/image/test_release_image.py",
    'gh release create "$GITHUB_REF_NAME" --repo "$GITHUB_REPOSITORY" --verify-tag --notes-file notes.md '
    "./*.cdx.json": "needs GitHub",
}


def lint(*command: str) -> None:
    checked = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_actionlint_finds_nothing_also_in_the_commands_by_shellcheck():
    assert shutil.which("shellcheck")
    lint("actionlint", *map(str, WORKFLOWS))


def test_zizmor_finds_no_weakness():
    lint("zizmor", "--offline", "--quiet", "--persona", "pedantic", str(PROJECT / ".github"))


def test_shellcheck_finds_nothing_in_the_scripts():
    assert len(SCRIPTS) >= 7
    lint("shellcheck", *map(str, SCRIPTS))


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_do_little_ends_by_itself_and_uses_pinned_actions_of_githubs_alone(workflow):
    text = workflow.read_text("utf-8")
    document = yaml.safe_load(text)

    assert document["permissions"] == {}
    assert document["concurrency"]["group"]
    for job in document["jobs"].values():
        assert job["timeout-minutes"] <= 240
        assert job["permissions"] in ({"contents": "read"}, {"contents": "write"})
    assert len(PINNED.findall(text)) == text.count("uses: ")


def test_what_may_write_runs_no_code_of_the_project():
    writing = [
        (workflow.name, name, [step["run"].split()[0] for step in job["steps"] if "run" in step])
        for workflow in WORKFLOWS
        for name, job in yaml.safe_load(workflow.read_text("utf-8"))["jobs"].items()
        if "write" in job["permissions"].values()
    ]

    assert writing == [("release.yml", "publish", ["gh"])]


def test_every_command_of_a_workflow_has_a_test_or_a_reason():
    jobs = [job for path in WORKFLOWS for job in yaml.safe_load(path.read_text("utf-8"))["jobs"].values()]
    commands = {step["run"].strip() for job in jobs for step in job["steps"] if "run" in step}

    assert commands == TESTS.keys() | UNTESTED.keys()
    assert not TESTS.keys() & UNTESTED.keys()


def release_notes(folder: Path, tag: str) -> subprocess.CompletedProcess[str]:
    command = ["python", str(folder / ".ci" / "release_notes.py"), tag]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """A project whose version 0.3.0 is in its change log, with a date."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(PROJECT / ".ci" / "release_notes.py", tmp_path / ".ci")
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "0.3.0"\n', "utf-8")
    third, second = "### Added\n\n- The third.", "- The second."
    log = f"# Changelog\n\n## 0.3.0 - 2026-12-01\n\n{third}\n\n## 0.2.0 - 2026-11-01\n\n{second}\n"
    (tmp_path / "CHANGELOG.md").write_text(log, "utf-8")
    return tmp_path


def test_the_notes_of_a_release_are_its_section_of_the_change_log(released):
    notes = release_notes(released, "v0.3.0")

    assert notes.stdout == "### Added\n\n- The third.\n"


def test_a_tag_of_another_version_or_one_that_is_not_released_is_refused(released):
    assert release_notes(released, "v0.2.0").stderr == (
        "error: tag v0.2.0: expected v0.3.0, the version of pyproject.toml\n"
    )
    changelog = released / "CHANGELOG.md"
    changelog.write_text(changelog.read_text("utf-8").replace("2026-12-01", "unreleased"), "utf-8")
    refused = release_notes(released, "v0.3.0")
    assert refused.returncode == 1
    assert "expected the date of 0.3.0 as YYYY-MM-DD, got unreleased" in refused.stderr


def test_the_projects_version_has_a_section_of_the_change_log():
    version = re.search(r'^version = "(.*)"', (PROJECT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)

    assert version
    assert f"\n## {version[1]} - " in (PROJECT / "CHANGELOG.md").read_text("utf-8")


@pytest.fixture
def engine_on_record(tmp_path: Path) -> tuple[dict[str, str], Path]:
    """An environment whose `docker` records its arguments, and what it reads of a password, in the file."""
    record, program = tmp_path / "record", tmp_path / "docker"
    program.write_text(f'#!/bin/sh\necho "$@" >>{record}\n[ "$1" != login ] || cat >>{record}.stdin\n', "utf-8")
    program.chmod(0o755)
    return {"PATH": f"{tmp_path}:{os.environ['PATH']}"}, record


def pushed(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [str(PROJECT / ".ci" / "push_image"), "v0.3.0"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_an_image_is_pushed_under_the_tags_version_and_the_token_is_only_read(engine_on_record):
    environment, record = engine_on_record
    where = {"REGISTRY_IMAGE": "ghcr.io/Lender/Scoring", "REGISTRY_USER": "maria", "REGISTRY_TOKEN": "s3cret"}

    done = pushed({**environment, **where})

    assert done.returncode == 0, done.stderr
    assert record.read_text("utf-8").splitlines() == [
        "login --username maria --password-stdin ghcr.io",
        "load --quiet --input dist/image.tar.gz",
        "tag credit-scoring:0.3.0 ghcr.io/lender/scoring:0.3.0",
        "push ghcr.io/lender/scoring:0.3.0",
        "logout ghcr.io",
    ]
    assert Path(f"{record}.stdin").read_text("utf-8").strip() == "s3cret"
    assert "s3cret" not in done.stdout + done.stderr


def test_without_the_token_nothing_is_pushed_and_that_is_said(engine_on_record):
    environment, record = engine_on_record

    done = pushed({**environment, "REGISTRY_IMAGE": "ghcr.io/lender/scoring", "REGISTRY_TOKEN": ""})

    assert done.returncode == 0
    assert "not pushed: the secret REGISTRY_TOKEN is not set" in done.stdout
    assert not record.exists()
