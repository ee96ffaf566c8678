"""Which runs count as replays of a version."""

import mlflow
import pytest

from desk.models.replays import is_replay_of


def run_of(step: str, model: str, version: str) -> str:
    with mlflow.start_run(experiment_id=mlflow.create_experiment(f"{step} of {model} {version}")) as run:
        mlflow.set_tag("step", step)
        mlflow.log_params({"model_name": model, "version": version})
    return run.info.run_id


@pytest.mark.parametrize(
    ("step", "model", "version", "is_its"),
    [
        ("replay", "scoring", "2", True),
        ("replay", "scoring", "3", False),
        ("replay", "cards", "2", False),
        ("train", "scoring", "2", False),
    ],
    ids=["its own", "another version's", "another model's", "a training"],
)
def test_a_replay_is_that_of_its_own_model_and_version(step, model, version, is_its):
    assert is_replay_of("scoring", "2", run_of(step, model, version)) is is_its


@pytest.mark.parametrize("run", ["0" * 32, "../../secret", "' OR 1=1", ""])
def test_an_id_of_no_run_is_no_replay(run):
    assert not is_replay_of("scoring", "2", run)
