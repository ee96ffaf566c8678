"""The engine that builds: its command, the image's name, and what a user is told where a build fails."""

import re

import pytest

from steps.container.context import Context
from steps.container.engine import build, tag_of
from steps.run.console import UserError


@pytest.mark.parametrize(
    ("model", "tag"),
    [
        ("credit-scoring/7", "credit-scoring-server:7"),
        ("UCI_Credit Card.csv/12", "uci-credit-card-csv-server:12"),
        ("m-4f2a", "m-4f2a-server:latest"),
        ("Ä/1", "model-server:1"),
    ],
)
def test_the_default_name_is_one_that_docker_takes(model, tag):
    assert tag_of(model) == tag
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*:[\w.-]+", tag)


@pytest.fixture
def engine(tmp_path, monkeypatch):
    """A stand-in for docker, whose script is given: it cannot be had everywhere, as in tests/image."""

    def write(script: str):
        program = tmp_path / "docker"
        program.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        program.chmod(0o755)
        monkeypatch.setenv("DOCKER", str(program))
        return tmp_path

    return write


def test_a_build_gets_the_folder_pythons_version_and_the_labels(engine, tmp_path):
    engine(f'echo "$@" >> {tmp_path}/asked; echo 390000000')

    size = build(Context(tmp_path, "credit-scoring/1", "3.11.7", {"a": "b c"}), "name:1")

    first, second = (tmp_path / "asked").read_text("utf-8").splitlines()
    assert first == f"build --tag name:1 --build-arg PYTHON=3.11.7 --label a=b c {tmp_path}"
    assert second == "image inspect --format {{.Size}} name:1"
    assert size == 390_000_000


def test_a_build_that_fails_ends_with_its_last_lines(engine, tmp_path):
    engine("seq 100; exit 1")

    with pytest.raises(UserError) as error:
        build(Context(tmp_path, "credit-scoring/1", "3.11.7"), "name:1")

    assert str(error.value).splitlines() == ["the build failed; its last output:", *map(str, range(86, 101))]


def test_without_an_engine_the_user_is_told_of_the_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER", "/nowhere/docker")

    with pytest.raises(UserError, match="--out"):
        build(Context(tmp_path, "credit-scoring/1", "3.11.7"), "name:1")
