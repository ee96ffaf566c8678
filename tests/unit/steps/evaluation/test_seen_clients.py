"""Whether a model was trained on the clients of a table, by the digests in its training run."""

from types import SimpleNamespace

import mlflow
import numpy as np
import pytest

from steps.evaluation.seen_clients import was_trained_on
from steps.run.settings import Settings
from steps.tables.feature_table import FeatureTable, SourceTable
from steps.tables.home_credit import APPLICATION
from steps.tracking.runs import log_data
from steps.training.data import training_rows
from tests.unit.steps.lender import lender_table

TRAINED = {APPLICATION: "a1", "bureau": "b1"}


def table_from(digests: dict[str, str], **columns: object) -> FeatureTable:
    """The lender's table, built from files with these digests."""
    table = lender_table(**columns)
    sources = {name: SourceTable(file=f"{name}.csv", bytes=1, sha256=digest) for name, digest in digests.items()}
    table.lineage = table.lineage.model_copy(update={"sources": sources})
    return table


@pytest.fixture
def model(monkeypatch) -> str:
    """The URI of a model whose run has the record of its training data."""
    table = table_from(TRAINED)
    with mlflow.start_run() as run:
        log_data(table, training_rows(table, Settings().holdout_percent), "training")
    monkeypatch.setattr(mlflow.models, "get_model_info", lambda _: SimpleNamespace(run_id=run.info.run_id))
    return "models:/lender/1"


@pytest.mark.parametrize(
    ("digests", "seen"),
    [
        (TRAINED, True),
        ({APPLICATION: "a1", "bureau": "b2"}, True),
        ({APPLICATION: "a2", "bureau": "b1"}, False),  # as Home Credit's test clients, with the same bureau's file
        ({"clients": "a2"}, False),
    ],
)
def test_clients_are_seen_where_they_come_from_the_same_file_of_clients(model, digests, seen):
    others = np.arange(10_000, 10_600)

    assert was_trained_on(model, table_from(digests, client=others), Settings()) is seen


def test_the_same_clients_from_another_file_are_seen(model):
    assert was_trained_on(model, table_from({"clients": "c1"}), Settings()) is True


def test_a_uri_that_mlflow_cannot_take_apart_is_neither():
    assert was_trained_on("http://127.0.0.1:9/x", lender_table(), Settings()) is None


def test_a_model_without_a_record_of_its_data_is_neither(monkeypatch):
    with mlflow.start_run() as run:
        pass
    monkeypatch.setattr(mlflow.models, "get_model_info", lambda _: SimpleNamespace(run_id=run.info.run_id))

    assert was_trained_on("models:/lender/1", lender_table(), Settings()) is None
