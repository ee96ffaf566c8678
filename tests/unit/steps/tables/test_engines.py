"""The engines: what is missing is named, and only where it is missing."""

import sys

import pytest

from steps.run.console import UserError
from steps.run.settings import Engine, Settings
from steps.tables.engines import backend_of


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


def test_a_broken_pyspark_is_not_taken_for_a_missing_one(tmp_path, monkeypatch):
    (tmp_path / "pyspark").mkdir()
    (tmp_path / "pyspark" / "__init__.py").write_text("import no_such_dependency")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(ModuleNotFoundError, match="no_such_dependency"):
        connect(tmp_path)
