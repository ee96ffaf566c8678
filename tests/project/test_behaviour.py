"""Behaviour of a trained model: risk falls with the external scores, and only the application's values count."""

import mlflow
import numpy as np
import pandas as pd
import pytest

from steps.run.settings import Settings
from steps.tables.home_credit import ID
from steps.training.data import training_rows

pytestmark = pytest.mark.slow

SCORES = ("EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3")
IDENTITY = {"client_id", "decision_id"}


@pytest.fixture(scope="module")
def model(champion) -> mlflow.pyfunc.PyFuncModel:
    """The registered champion, as a client of MLflow loads it."""
    return mlflow.pyfunc.load_model(champion.uri)


@pytest.fixture(scope="module")
def held_out(table, complete) -> pd.DataFrame:
    """The clients of the holdout that the champion decides, without their outcomes."""
    clients = complete.loc[~training_rows(table, Settings().holdout_percent)[complete.index]]
    assert len(clients) > 400
    return clients


def mean_risk(model: mlflow.pyfunc.PyFuncModel, clients: pd.DataFrame) -> float:
    return model.predict(clients, params={"reasons": "none"})["probability_of_default"].mean()


def decisions(model: mlflow.pyfunc.PyFuncModel, rows: list[dict]) -> list[dict]:
    """The decisions with their reasons, without the identifiers that differ in any case."""
    answers = model.predict(rows, params={"reasons": "all"})
    assert all(decision["reasons"] for decision in answers)
    return [{name: value for name, value in decision.items() if name not in IDENTITY} for decision in answers]


@pytest.mark.parametrize("score", SCORES)
def test_a_lower_external_score_never_lowers_the_mean_risk(model, held_out, score):
    risks = [mean_risk(model, held_out.assign(**{score: value})) for value in np.arange(0.9, 0.05, -0.1)]

    assert (np.diff(risks) >= 0).all(), risks
    assert risks[-1] > 1.5 * risks[0]  # and the score counts


@pytest.mark.parametrize("score", SCORES)
def test_a_cut_of_the_clients_own_external_score_never_lowers_the_mean_risk(model, held_out, score):
    known = held_out[held_out[score].notna()]

    risks = [mean_risk(model, known.assign(**{score: share * known[score]})) for share in (1.0, 0.9, 0.8, 0.6, 0.4)]

    assert (np.diff(risks) >= 0).all(), risks
    assert risks[-1] > risks[0]


@pytest.mark.parametrize("client", [1, 2**31, None])
def test_the_id_changes_nothing_about_a_decision(model, applications, client):
    renamed = [{**row, ID: client} for row in applications]

    assert decisions(model, renamed) == decisions(model, applications)


def test_an_application_without_an_id_gets_the_same_decision(model, applications):
    anonymous = [{name: value for name, value in row.items() if name != ID} for row in applications]

    assert decisions(model, anonymous) == decisions(model, applications)


def test_the_order_of_fields_changes_nothing_about_a_decision(model, applications):
    reversed_fields = [dict(reversed(row.items())) for row in applications]
    generator = np.random.default_rng(1)
    shuffled_fields = [{name: row[name] for name in generator.permutation(list(row))} for row in applications]
    assert list(shuffled_fields[0]) != list(shuffled_fields[1]) != list(applications[0])

    expected = decisions(model, applications)

    assert decisions(model, reversed_fields) == expected
    assert decisions(model, shuffled_fields) == expected


def test_the_order_of_columns_changes_nothing_about_the_decisions(model, held_out):
    one, other = (
        model.predict(clients, params={"reasons": "refused"}).drop(columns=list(IDENTITY))
        for clients in (held_out, held_out[held_out.columns[::-1]])
    )

    pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_the_order_of_rows_changes_nothing_about_their_decisions(model, applications):
    order = np.random.default_rng(2).permutation(len(applications))
    assert list(order) != sorted(order)

    expected = decisions(model, applications)

    assert decisions(model, [applications[row] for row in order]) == [expected[row] for row in order]
