"""One lock, every environment: uv.lock, python_env.yaml and conda.yaml pin the same versions."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;]+)")


def locked() -> dict[str, str]:
    packages = tomllib.loads((PROJECT / "uv.lock").read_text("utf-8"))["package"]
    return {package["name"]: package["version"] for package in packages}


def pinned(requirements: list[str]) -> dict[str, str]:
    matches = [PIN.match(requirement) for requirement in requirements]
    assert all(matches), "every requirement is an exact version"
    return {match[1].lower().replace("_", "-"): match[2] for match in matches if match}


def python_env() -> dict[str, str]:
    return pinned(yaml.safe_load((PROJECT / "python_env.yaml").read_text("utf-8"))["dependencies"])


def conda_env() -> dict[str, str]:
    dependencies = yaml.safe_load((PROJECT / "conda.yaml").read_text("utf-8"))["dependencies"]
    return pinned(next(each["pip"] for each in dependencies if isinstance(each, dict)))


@pytest.mark.parametrize("environment", [python_env, conda_env])
def test_environment_pins_the_versions_of_the_lock(environment):
    versions = locked()

    assert {name: versions.get(name) for name in environment()} == environment()


def test_both_environments_are_the_same():
    assert python_env() == conda_env()


def test_environments_have_every_dependency_of_the_project():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    direct = {re.split(r"[\[<>=~! ]", dependency)[0] for dependency in project["dependencies"]}

    assert direct <= set(python_env())


def test_python_is_the_same_everywhere():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    conda = yaml.safe_load((PROJECT / "conda.yaml").read_text("utf-8"))["dependencies"]

    assert project["requires-python"] == "==3.11.*"
    assert yaml.safe_load((PROJECT / "python_env.yaml").read_text("utf-8"))["python"] == "3.11"
    assert "python=3.11" in conda
