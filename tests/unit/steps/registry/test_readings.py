"""How a model's own data was read: where no record of it can be had, a line says so, and a store that fails is told."""

import json

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import TEMPORARILY_UNAVAILABLE

from steps.registry import readings
from steps.registry.readings import reading_of
from steps.run.settings import Settings

DESCRIPTION = {
    "file": "loans.csv",
    "reading": {"separator": ","},
    "target": {"column": "bad", "default": ["1"], "no_default": ["0"]},
    "columns": {"age": {"is": "number"}, "bad": {"is": "number"}},
}


class Info:
    def __init__(self, run_id: str):
        self.run_id = run_id


@pytest.fixture
def data(tmp_path) -> str:
    (tmp_path / "later.csv").write_text("age,bad\n30,0\n")
    return str(tmp_path / "later.csv")


@pytest.fixture
def model(monkeypatch):
    """A function that makes the model's run have this lineage; None: it has none."""

    def with_lineage(lineage: dict | None) -> str:
        client = MlflowClient()
        run_id = client.create_run(client.get_experiment_by_name("credit-scoring").experiment_id).info.run_id
        if lineage is not None:
            client.log_dict(run_id, lineage, "features/lineage.json")
        monkeypatch.setattr(mlflow.models, "get_model_info", lambda uri: Info(run_id))
        return "models:/lender/1"

    return with_lineage


def test_the_reading_is_that_of_the_models_lineage(model, data, capsys):
    known = reading_of(model({"description": json.dumps(DESCRIPTION)}), data, Settings())

    assert (known.model, list(known.description.columns)) == ("lender/1", ["age", "bad"])
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "lineage",
    [None, {}, {"description": ""}, {"description": '{"file": 1}'}],
    ids=["no lineage", "of before descriptions", "of other data", "of another version"],
)
def test_a_model_without_a_record_of_it_is_said_to_have_none(model, data, lineage, capsys):
    assert reading_of(model(lineage), data, Settings()) is None

    told = capsys.readouterr().out
    assert told == (
        "  models:/lender/1 has no record of how its data was read: later.csv is described by its own rows\n"
    )


def test_a_store_that_fails_is_no_model_without_a_record(data, monkeypatch, capsys):
    def fail(uri):
        raise MlflowException("database is locked", TEMPORARILY_UNAVAILABLE)

    monkeypatch.setattr(readings.mlflow.models, "get_model_info", fail)

    with pytest.raises(MlflowException, match="database is locked"):
        reading_of("models:/lender/1", data, Settings())

    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("kind", ["sample", "description", "folder"])
def test_data_that_is_no_plain_file_has_a_reading_of_its_own(kind, tmp_path, capsys):
    (tmp_path / "loans.yaml").write_text("file: loans.csv\n")
    data = {"sample": "sample", "description": str(tmp_path / "loans.yaml"), "folder": str(tmp_path)}[kind]

    assert reading_of("models:/lender/1", data, Settings()) is None

    assert capsys.readouterr().out == ""
