"""The packages of the image: the model's versions, the lock's for what they need, and nothing that serving skips."""

import re

import pytest

from steps.container import requirements as module
from steps.container.requirements import NEVER_IMPORTED, constraints, pins, requirements
from steps.registry.artifact import REQUIREMENTS
from steps.run.console import UserError

LOCK = '[[package]]\nname = "numpy"\nversion = "2.0"\n\n[[package]]\nname = "scipy"\nversion = "1.9"\n'


@pytest.fixture
def model(tmp_path):
    def write(*lines: str):
        (tmp_path / "requirements.txt").write_text("\n".join(lines), "utf-8")
        return tmp_path

    return write


@pytest.fixture
def lock(tmp_path):
    path = tmp_path / "uv.lock"
    path.write_text(LOCK, "utf-8")
    return path


def test_pins_are_read_by_their_normal_names(model):
    assert pins(model("mlflow==3.17.2", "", "Prometheus_Client==0.26.0")) == {
        "mlflow": "3.17.2",
        "prometheus-client": "0.26.0",
    }


@pytest.mark.parametrize("line", ["numpy>=2", "numpy", "-r other.txt", "--index-url=http://x", "a==1 ; x"])
def test_a_requirement_that_is_no_exact_version_is_an_error_that_shows_it(line, model):
    with pytest.raises(UserError, match=re.escape(repr(line))):
        pins(model(line))


def test_what_pins_need_has_the_locks_versions_where_the_lock_has_theirs(lock):
    assert constraints({"numpy": "2.0"}, lock) == ["scipy==1.9"]


def test_a_model_of_another_lock_is_resolved_without_it(lock):
    assert constraints({"numpy": "1.9"}, lock) == []
    assert constraints({"numpy": "2.0", "unknown": "1"}, lock) == []


def test_a_missing_uv_is_an_error_that_says_where_it_comes_from(model, tmp_path, monkeypatch):
    monkeypatch.setattr(module.shutil, "which", lambda *_, **__: None)

    with pytest.raises(UserError, match="expected uv"):
        requirements(model("mlflow==3.17.2"), "3.11.7", tmp_path)


def test_nothing_that_the_model_pins_is_left_out():
    assert set(NEVER_IMPORTED) & set(REQUIREMENTS) == set()
