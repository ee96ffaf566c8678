"""The folder that the image is built in: what `python -m steps.image --out` writes, without an engine."""

import re
import subprocess
import sys

import pytest
import yaml

from custom_model.origin import REGISTRATION
from steps.container.requirements import NEVER_IMPORTED
from steps.run.settings import PROJECT
from tests.conftest import MODEL

pytestmark = pytest.mark.slow


def image(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "steps.image", *arguments]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)


def test_the_folder_has_the_version_that_the_alias_points_to_and_each_package_with_its_hash(champion, tmp_path):
    folder = tmp_path / "image"
    written = image("--model-uri", f"models:/{MODEL}@champion", "--out", str(folder))
    assert written.returncode == 0, written.stderr
    python = yaml.safe_load((folder / "model" / "python_env.yaml").read_text("utf-8"))["python"]
    packages = (folder / "requirements.txt").read_text("utf-8")
    names = set(re.findall(r"(?m)^([\w.-]+)(?:\[\w+\])?==", packages))

    assert {path.name for path in folder.iterdir()} == {"Dockerfile", "assemble.py", "model", "requirements.txt"}
    assert yaml.safe_load((folder / "model" / REGISTRATION).read_text("utf-8")) == {
        "model_name": MODEL,
        "model_version": str(champion.version),
    }
    assert list(folder.rglob("__pycache__")) == []
    assert {"mlflow-skinny", "lightgbm", "pandas", "uvicorn", "scipy"} <= names
    assert names & {"mlflow", "scikit-learn", "flask", *NEVER_IMPORTED} == set()
    assert packages.count("--hash=sha256:") >= len(names) > 30
    assert written.stdout.strip() == (
        f"build it with `docker build --tag {MODEL}-server:{champion.version} --build-arg PYTHON={python} {folder}`"
    )


def test_what_cannot_be_built_is_one_line(champion, tmp_path):
    there = image("--model-uri", champion.uri, "--out", str(tmp_path))
    unknown = image("--model-uri", "models:/nobody@champion", "--out", str(tmp_path / "new"))

    assert (there.returncode, unknown.returncode) == (2, 2)
    assert there.stderr.splitlines()[-1] == f"error: out: expected a new folder, {tmp_path} is there already"
    assert unknown.stderr.splitlines()[-1].startswith("error: there is no registered model nobody: train one with")
