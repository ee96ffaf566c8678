"""The artifact of the registered model: no pickle, pinned requirements, its signature and example."""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import mlflow
import pyarrow.parquet as pq
import pytest
import yaml

from custom_model.params import NAMES

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def model(champion, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    return Path(mlflow.artifacts.download_artifacts(champion.uri, dst_path=str(folder)))


@pytest.mark.slow
def test_artifact_has_no_pickle(model):
    for file in model.rglob("*"):
        if file.is_file():
            assert file.suffix not in (".pkl", ".pickle", ".joblib", ".cloudpickle"), file
            # A pickle of protocol 2 or later starts with 0x80 and its protocol.
            assert file.read_bytes()[:1] != b"\x80", file


@pytest.mark.slow
def test_every_file_of_the_artifact_is_text_but_for_the_reference_of_monitoring(model):
    # A store of this machine is a folder: Python writes bytecode into it when a model is loaded from there.
    files = [file for file in model.rglob("*") if file.is_file() and file.parent.name != "__pycache__"]

    assert len(files) > 10
    assert pq.read_table(model / "artifacts" / "reference.parquet").num_rows > 100
    for file in files:
        if file != model / "artifacts" / "reference.parquet":
            assert "\0" not in file.read_text("utf-8"), file


@pytest.mark.slow
def test_model_loads_and_decides_without_pickle_without_steps_and_without_the_reference(model, tmp_path):
    model = shutil.copytree(model, tmp_path / "model")
    (model / "artifacts" / "reference.parquet").write_bytes(b"\x80 no reference")
    script = (
        "import json, sys, mlflow\n"
        f"model = mlflow.pyfunc.load_model({str(model)!r})\n"
        f"example = json.load(open({str(model / 'serving_input_example.json')!r}))\n"
        "decision = model.predict(example['inputs'], example['params'])[0]\n"
        "assert 'steps' not in sys.modules\n"
        "print(json.dumps(decision['decision']))\n"
    )
    environment = {**os.environ, "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}

    completed = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )

    assert completed.returncode == 0, completed.stderr
    assert json.loads(completed.stdout.splitlines()[-1]) in ("granted", "refused")


@pytest.mark.slow
def test_model_declares_lightgbm_so_that_an_image_installs_its_library(model):
    flavors = yaml.safe_load((model / "MLmodel").read_text())["flavors"]

    assert (model / flavors["lightgbm"]["data"]).is_file()


@pytest.mark.slow
def test_model_requires_only_what_it_imports_and_pins_it(model):
    requirements = (model / "requirements.txt").read_text().split()

    assert all("==" in requirement for requirement in requirements)
    names = {requirement.split("==")[0] for requirement in requirements}
    assert {"mlflow", "lightgbm", "uvloop", "httptools"} <= names
    assert not names & {"ibis-framework", "duckdb", "optuna", "scikit-learn", "pyspark", "matplotlib"}


@pytest.mark.slow
def test_signature_has_every_field_of_the_feature_table_and_the_params(model, table):
    signature = mlflow.models.get_model_info(str(model)).signature
    (applicant,) = signature.inputs

    assert {field.name for field in applicant.type.properties} == {*table.fields, table.lineage.id}
    assert {param.name for param in signature.params} == NAMES


@pytest.mark.slow
def test_the_example_in_the_artifact_is_no_clients_application(model, table):
    (example,) = json.loads((model / "serving_input_example.json").read_text())["inputs"]

    assert table.lineage.id not in example
    numbers = [name for name in table.fields if isinstance(example.get(name), float)]
    same = (table.frame[numbers] == [example[name] for name in numbers]).all(axis=1)
    assert not same.any()


def test_custom_model_imports_nothing_from_steps():
    for file in (PROJECT / "custom_model").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            modules = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            assert not any(module.split(".")[0] in ("steps", "desk", "benchmarks", "tests") for module in modules), file
