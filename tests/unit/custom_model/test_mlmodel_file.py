"""MLmodel by PyYAML's code in C, against its code in Python."""

from importlib import import_module
from io import StringIO

import pytest
import yaml
from mlflow.models import Model

from custom_model.mlmodel_file import MODELS, QuickYaml, read_in_c

CONTENTS = {
    "texts": ["", " ", "no", "1e3", "0x1F", "2026-11-27", "é 漢 😀", "a: b # c", "'\"\\", "\x07 tab\t", "~", "\ufeff"],
    "long": 40 * "a sentence that is broken into lines, with a colon: and more; ",
    "lines": "one\n  two\n\nthree\n",
    "numbers": [0, -0.0, 1e400, 10**30, 0.1, True, None],
    "nested": {"b": [{"c": {}}, []], "a": {"é": [[1], [2]]}},
}


@pytest.fixture
def models(monkeypatch):
    module = import_module(MODELS)
    monkeypatch.setattr(module, "yaml", yaml)
    return module


def test_mlflow_reads_and_writes_models_by_it(models, tmp_path):
    model = Model(flavors={"python_function": {"config": CONTENTS}}, model_uuid="0", utc_time_created="2026-11-27")
    before = model.to_yaml()
    (tmp_path / "MLmodel").write_text(before, "utf-8")
    read = Model.load(str(tmp_path)).to_dict()

    read_in_c()

    assert isinstance(models.yaml, QuickYaml)
    assert model.to_yaml() == before
    assert Model.load(str(tmp_path)).to_dict() == read


def test_what_it_writes_and_reads_is_that_of_python():
    written = StringIO()
    QuickYaml().safe_dump(CONTENTS, stream=written, default_flow_style=False)

    assert written.getvalue() == yaml.safe_dump(CONTENTS, default_flow_style=False)
    assert repr(QuickYaml().safe_load(written.getvalue())) == repr(yaml.safe_load(written.getvalue()))
    assert QuickYaml().YAMLError is yaml.YAMLError


def test_no_object_is_made_of_what_a_file_names():
    with pytest.raises(yaml.constructor.ConstructorError):
        QuickYaml().safe_load("!!python/object/apply:os.getcwd []")


def test_without_the_code_in_c_mlflow_keeps_its_own(models, monkeypatch):
    monkeypatch.setattr(yaml, "__with_libyaml__", False)

    read_in_c()

    assert models.yaml is yaml
