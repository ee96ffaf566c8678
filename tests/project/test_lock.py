"""The lock's age fails by the setting; its renewal is one command that prints what changed, or changes nothing."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from steps.run.settings import PROJECT

NO_INDEX = '[tool.uv]\npackage = false\nno-index = true\nfind-links = ["wheels"]\n'
PYPROJECT = f"""[project]
name = "small"
version = "1"
requires-python = "==3.11.*"
dependencies = ["alpha>=1", "beta>=1,<2", "gamma>=1"]

[dependency-groups]
core = []
delivery = []
docs = []
spark = []
evidently = []

{NO_INDEX}"""
# Without an index uv knows no newer release than those it may take, so the report of a real one stands here.
TREE = """small v1
├── alpha v3.0
├── beta[extra] v1.5 (latest: v2.0)
└── gamma v1.0 (group: dev) (latest: v1.1)
"""


def wheel(folder: Path, name: str, version: str, *requirements: str) -> None:
    """A package without code."""
    folder.mkdir(exist_ok=True)
    needed = "".join(f"Requires-Dist: {each}\n" for each in requirements)
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        info = f"{name}-{version}.dist-info"
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needed}")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A project of three packages, locked while each had one release."""
    shutil.copytree(PROJECT / ".ci", tmp_path / ".ci", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "pyproject.toml").write_text(PYPROJECT, "utf-8")
    wheel(tmp_path / "wheels", "alpha", "1.0")
    wheel(tmp_path / "wheels", "beta", "1.0")
    wheel(tmp_path / "wheels", "gamma", "1.0")
    subprocess.run(["uv", "lock", "--offline"], cwd=tmp_path, check=True, capture_output=True)
    wheel(tmp_path / "wheels", "alpha", "3.0", "delta>=1")
    wheel(tmp_path / "wheels", "beta", "1.5")
    wheel(tmp_path / "wheels", "beta", "2.0")
    wheel(tmp_path / "wheels", "delta", "1.0")
    return tmp_path


def renewed(project: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ".ci/renew_lock.py"]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)


def files(project: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in project.iterdir() if path.is_file()}


def test_a_renewal_prints_each_change_marks_majors_and_writes_all_environments(small):
    output = renewed(small)

    assert output.returncode == 0, output.stderr
    assert [line.split() for line in output.stdout.splitlines()[2:5]] == [
        ["alpha", "1.0", "3.0", "major"],
        ["beta", "1.0", "1.5"],
        ["delta", "-", "1.0"],
    ]
    for environment in ("python_env.yaml", "conda.yaml"):
        text = (small / environment).read_text("utf-8")
        assert [pin in text for pin in ("alpha==3.0", "beta==1.5", "delta==1.0", "gamma==1.0")] == [True] * 4
    assert renewed(small).stdout.splitlines()[0] == "nothing is newer"


def test_a_renewal_that_fails_leaves_every_file_as_it_was(small):
    pyproject = (small / "pyproject.toml").read_text("utf-8")
    (small / "pyproject.toml").write_text(pyproject.replace("gamma>=1", "gamma>=7"), "utf-8")
    before = files(small)

    output = renewed(small)

    assert output.returncode == 1
    assert "all files are as they were" in output.stderr
    assert "gamma>=7" in output.stderr
    assert "Traceback" not in output.stderr
    assert files(small) == before


def test_a_renewal_whose_environments_fail_takes_the_new_lock_back(small):
    pyproject = (small / "pyproject.toml").read_text("utf-8")
    (small / "pyproject.toml").write_text(pyproject.replace("spark = []\n", ""), "utf-8")  # pinning leaves it out
    before = files(small)

    output = renewed(small)

    assert output.returncode == 1
    assert "`spark`" in output.stderr
    assert files(small) == before


def test_what_keeps_a_newer_release_away_is_the_projects_bound_or_another_packages(monkeypatch):
    monkeypatch.syspath_prepend(PROJECT / ".ci")
    import renew_lock

    assert renew_lock.held_back(TREE, renew_lock.bounds(PYPROJECT)) == [
        ("beta", "1.5", "2.0", "pyproject.toml: <2,>=1"),
        ("gamma", "1.0", "1.1", "another package's bound"),
    ]


def aged(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ".ci/lock_age.py", *arguments]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)


def test_the_lock_is_as_old_as_its_newest_release_and_may_be_as_old_as_the_setting_says(monkeypatch):
    monkeypatch.syspath_prepend(PROJECT / ".ci")
    from datetime import timedelta

    from lock_age import newest

    day = newest((PROJECT / "uv.lock").read_text("utf-8"))

    assert aged("--today", str(day + timedelta(days=90))).returncode == 0
    too_old = aged("--today", str(day + timedelta(days=91)))
    assert too_old.returncode == 1
    assert too_old.stderr == "error: uv.lock is 91 days old, at most 90: renew it with `make renew`\n"


def test_a_lock_without_times_of_release_is_refused_not_young(monkeypatch):
    monkeypatch.syspath_prepend(PROJECT / ".ci")
    from lock_age import newest

    with pytest.raises(ValueError, match="expected the upload-time of each file"):
        newest('[[package]]\nname = "small"\nversion = "1"\nsource = { virtual = "." }\n')
