"""The image of a release: built by its script, asked, saved, and its bill names all that is in it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.utils import canonicalize_name

from steps.run.settings import PROJECT
from tests.conftest import MODEL
from tests.image.containers import docker

pytestmark = [pytest.mark.slow, pytest.mark.image]

IMAGE = "credit-scoring-test-release:0.1.0"


def test_a_release_has_an_image_that_decides_and_a_bill_of_all_that_is_in_it(slim, tmp_path):
    command = [str(PROJECT / ".ci" / "release_image"), IMAGE, f"models:/{MODEL}@champion", str(tmp_path)]
    of_the_project = {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    released = subprocess.run(command, env=of_the_project, capture_output=True, text=True, check=False)

    assert released.returncode == 0, released.stderr
    assert f"{IMAGE} answers: " in released.stdout
    text = (tmp_path / "image.cdx.json").read_text("utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_5).validate_str(text) is None
    bill = json.loads(text)
    assert bill["metadata"]["component"]["type"] == "container"
    named = {component["purl"].partition("@")[0] for component in bill["components"]}
    code = "import importlib.metadata as of; print(*{each.name for each in of.distributions()})"
    names = docker("run", "--rm", "--entrypoint", "python3", IMAGE, "-c", code).split()
    packages = [canonicalize_name(name) for name in names]
    assert {"mlflow-skinny", "lightgbm", "numpy"} <= set(packages)
    assert {f"pkg:pypi/{name}" for name in packages} <= named
    assert {"pkg:deb/debian/libc6", "pkg:deb/debian/tini", "pkg:generic/python"} <= named
    assert (tmp_path / "image.tar.gz").stat().st_size > 10_000_000
