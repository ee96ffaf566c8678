"""The directions of policy.yaml on a trained model: real rows, each directed field moved over a grid of its values."""

import json

import mlflow
import numpy as np
import pytest
from mlflow import MlflowClient

from custom_model.applications import validate
from custom_model.decisions import Decider
from steps.run.policy import read_policy
from steps.run.settings import Settings
from steps.training.data import training_rows
from steps.training.directions import SIGNS, fields_of

pytestmark = pytest.mark.slow

CLIENTS, STEPS = 40, 12
SCORES = ("EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3")


@pytest.fixture(scope="module")
def decider(champion) -> Decider:
    return mlflow.pyfunc.load_model(champion.uri).unwrap_python_model().decider


@pytest.fixture(scope="module")
def values(table, decider) -> np.ndarray:
    """(clients, fields) of the contract, as they are: of held-out clients."""
    held = ~training_rows(table, Settings().holdout_percent)
    applications, problems = validate(decider.contract, table.applications.loc[held], is_simulation=True)
    assert problems == []
    return applications.values


def risks(decider: Decider, clients: np.ndarray, column: int, grid: np.ndarray) -> np.ndarray:
    """(clients, steps) probabilities as one field moves over the grid and the features that derive from it follow."""
    moved = np.repeat(clients, len(grid), axis=0)
    moved[:, column] = np.tile(grid, len(clients))
    return np.array(decider.scorer.probabilities(decider.features.matrix(moved))).reshape(len(clients), len(grid))


def directed(decider: Decider) -> dict[str, int]:
    """The fields that the model uses and policy.yaml directs, with their sign."""
    return {
        name: SIGNS[direction]
        for entry, direction in read_policy().monotonic.items()
        for name, reason in fields_of(entry, decider.contract.fields)
        if not reason and name in decider.features.inputs
    }


def test_no_client_has_a_lower_risk_for_a_worse_value_of_any_directed_field(decider, values):
    fields = directed(decider)
    influential = 0

    for name, sign in fields.items():
        column = decider.contract.column_of[name]
        known = values[~np.isnan(values[:, column])]
        grid = np.unique(np.quantile(known[:, column], np.linspace(0, 1, STEPS)))
        clients = known[:: max(1, len(known) // CLIENTS)]
        steps = np.diff(risks(decider, clients, column, grid), axis=1)
        assert (sign * steps >= 0).all(), name
        influential += bool((steps != 0).any())

    assert set(SCORES) < set(fields)
    assert len(fields) > 20
    assert influential > 10


@pytest.mark.parametrize("score", SCORES)
def test_a_score_moves_every_client_one_way_from_end_to_end_with_all_that_derives_from_it(decider, values, score):
    column = decider.contract.column_of[score]

    # Also for clients without it, as if an agency had scored them; 0 included, where a ratio to the scores ends.
    steps = np.diff(risks(decider, values[:200], column, np.linspace(0, 1, 41)), axis=1)

    assert (steps <= 0).all()
    assert (steps < 0).any(axis=1).all()
    assert "EXT_SOURCE_STD" not in decider.features.names


def test_the_run_has_the_direction_of_each_feature(champion, decider):
    run = MlflowClient().get_run(champion.run_id)
    logged = mlflow.artifacts.load_dict(f"runs:/{champion.run_id}/features/directions.json")

    assert logged["directions"]["EXT_SOURCE_2"] == "decreasing"
    assert logged["directions"]["INSTALMENTS_DAYS_LATE_MEAN_ALL"] == "increasing"
    assert logged["undirected"]["EXT_SOURCE_STD"].startswith("left out: ")
    used = [name for name in decider.features.names if name in logged["directions"]]
    assert run.data.metrics["directed_features"] == len(used) > 20
    assert json.dumps(logged)
