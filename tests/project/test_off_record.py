"""Training and evaluation score clients without recording decisions."""

import pytest

from steps.evaluation.on_holdout import evaluate_model, holdout
from steps.run.policy import read_policy
from steps.run.settings import Settings
from steps.train import train


@pytest.mark.slow
def test_training_and_evaluation_put_nothing_on_record(table, quick, tmp_path, monkeypatch):
    log = tmp_path / "decisions.db"
    monkeypatch.setenv("DECISION_LOG_URI", f"sqlite:///{log}")

    trained = train(table, "off-record", Settings(), read_policy(), quick)
    evaluate_model(trained.uri, table, holdout(table, Settings().holdout_percent), read_policy().costs, Settings())

    assert not log.exists()
