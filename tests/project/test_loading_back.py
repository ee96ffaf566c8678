"""A version counts once its model, loaded back, answers its example as the trained one does."""

import json
from pathlib import Path

import lightgbm as lgb
import mlflow
import numpy as np
import pytest
from mlflow import MlflowClient

from custom_model.contract import Contract
from custom_model.scorecard import Scorecard
from steps.registry.loading_back import check_loaded_back
from steps.run.console import UserError
from steps.run.settings import Settings
from steps.train import train
from steps.training import data as training
from tests.unit.steps.lender import POLICY, lender_table

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("own_interpreters")]

FAST = '{"rounds": 20, "patience": 20}'


@pytest.fixture(scope="module")
def lender():
    return train(lender_table(), "loaded-back", Settings(), POLICY, FAST)


@pytest.fixture(scope="module")
def parts(lender, tmp_path_factory):
    """The trained parts of the version: booster, scorecard, contract and example."""
    folder = Path(mlflow.artifacts.download_artifacts(lender.uri, dst_path=str(tmp_path_factory.mktemp("model"))))
    flavors = mlflow.models.get_model_info(lender.uri).flavors
    (example,) = json.loads((folder / "serving_input_example.json").read_text())["inputs"]
    return (
        lgb.Booster(model_file=folder / "artifacts" / "booster.txt"),
        Scorecard.model_validate_json((folder / "artifacts" / "scorecard.json").read_text()),
        Contract(**flavors["python_function"]["config"]["contract"]),
        example,
    )


def test_a_model_that_answers_as_the_trained_one_passes(lender, parts):
    check_loaded_back(lender.uri, *parts)


def test_a_model_that_answers_otherwise_does_not_count(lender, parts):
    booster, scorecard, contract, example = parts
    shifted = scorecard.calibration.model_copy(update={"intercept": scorecard.calibration.intercept + 1e-9})

    with pytest.raises(UserError, match=r"not registered: loaded back, .* answers its example with probability_of_def"):
        check_loaded_back(lender.uri, booster, scorecard.model_copy(update={"calibration": shifted}), contract, example)


def test_a_model_that_cannot_be_loaded_registers_no_version(monkeypatch):
    # Without the check of names before training: MLflow cannot read a signature with a field `cls`.
    monkeypatch.setattr(training, "RESERVED_NAMES", set())
    table = lender_table(cls=np.arange(600.0))

    with pytest.raises(UserError, match=r"logged but not registered, as it does not work when loaded: .* 'cls'"):
        train(table, "never-registered", Settings(), POLICY, FAST)

    assert not MlflowClient().search_model_versions("name = 'never-registered'")


def test_every_name_that_is_not_reserved_travels_through_signature_booster_and_json():
    names = [
        *("0", "12", "1e5", "true", "null", "~", "None", "class", "def", "self", "json", "copy", "schema", "validate"),
        *("mro", "register", "rate", "Rate", "a.b", "a-b", "a b", " ", 'a"b', "a\nb", "[x]", "a:b", "a,b", "größe"),
        *("params", "inputs", "decision", "client_id", "model_name", "id"),
    ]
    generator = np.random.default_rng(0)

    version = train(
        lender_table(**{name: generator.normal(size=600) for name in names}), "any-names", Settings(), POLICY, FAST
    )

    signature = mlflow.models.get_model_info(version.uri).signature
    assert set(names) <= {field.name for field in signature.inputs.inputs[0].type.properties}
