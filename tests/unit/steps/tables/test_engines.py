"""Engines: without PySpark, the error names the package to install."""

import sys
import tomllib

import pytest

from steps.run.console import UserError
from steps.run.settings import PROJECT, Engine, Settings
from steps.tables.engines import PYSPARK, backend_of


@pytest.fixture(autouse=True)
def nothing_imported(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "pyspark"]:
        monkeypatch.delitem(sys.modules, name)


def connect(tmp_path) -> None:
    with backend_of(Engine.spark, Settings(), tmp_path):
        pass


def test_without_pyspark_the_package_to_install_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)

    with pytest.raises(UserError, match="engine=spark needs PySpark: pip install"):
        connect(tmp_path)


def test_the_package_to_install_is_the_one_that_the_project_pins():
    groups = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]

    assert groups["spark"] == [PYSPARK]


def test_a_broken_pyspark_is_not_taken_for_a_missing_one(tmp_path, monkeypatch):
    (tmp_path / "pyspark").mkdir()
    (tmp_path / "pyspark" / "__init__.py").write_text("import no_such_dependency")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(ModuleNotFoundError, match="no_such_dependency"):
        connect(tmp_path)
