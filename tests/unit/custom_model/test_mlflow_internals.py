"""What the model takes from MLflow's internals, checked against the pinned version."""

import pytest
from mlflow import pyfunc
from mlflow.pyfunc import scoring_server
from mlflow.types import ParamSchema, ParamSpec

from custom_model.mlflow_internals import UnvalidatedModel, is_scoring_server, pass_params_unfiltered, unvalidated

OWN = frozenset({"reasons", "threshold"})


def test_predict_is_not_wrapped_in_mlflows_validation():
    def predict(self, context, model_input: list[int], params=None):
        return model_input

    model = type("Model", (UnvalidatedModel,), {"predict": unvalidated(predict)})

    assert model.predict is predict
    assert model().predict(None, ["not a number"]) == ["not a number"]


def test_a_process_is_a_scoring_server_when_mlflows_command_has_set_the_model_path(monkeypatch):
    monkeypatch.delenv(scoring_server._SERVER_MODEL_PATH, raising=False)
    assert not is_scoring_server()

    monkeypatch.setenv(scoring_server._SERVER_MODEL_PATH, "/opt/ml/model")
    assert is_scoring_server()


@pytest.fixture
def filtered(monkeypatch):
    """A stand-in for MLflow's filter; the real one is put back after the test."""
    monkeypatch.setattr(pyfunc, "_enforce_params_schema", lambda params, schema: "filtered")
    pass_params_unfiltered(OWN)


def schema(*names: str) -> ParamSchema:
    return ParamSchema([ParamSpec(name, "string", "") for name in names])


@pytest.mark.usefixtures("filtered")
def test_params_of_this_models_schema_arrive_unchanged():
    params = {"threshold": None, "speed": 1}

    assert pyfunc._enforce_params_schema(params, schema(*OWN)) is params


@pytest.mark.usefixtures("filtered")
@pytest.mark.parametrize("other", [None, schema("threshold"), schema("reasons", "threshold", "speed")], ids=repr)
def test_params_of_any_other_model_are_filtered_as_before(other):
    assert pyfunc._enforce_params_schema({}, other) == "filtered"


@pytest.mark.usefixtures("filtered")
def test_a_second_call_changes_nothing():
    once = pyfunc._enforce_params_schema

    pass_params_unfiltered(OWN)

    assert pyfunc._enforce_params_schema is once
