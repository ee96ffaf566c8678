"""Training and judging ask the model about clients, and decide about none."""

import pytest

from steps.evaluation.on_holdout import holdout, judge_model
from steps.run.policy import read_policy
from steps.train import train


@pytest.mark.slow
def test_a_model_that_is_trained_and_judged_leaves_nothing_on_record(table, quick, tmp_path, monkeypatch):
    log = tmp_path / "decisions.db"
    monkeypatch.setenv("DECISION_LOG_URI", f"sqlite:///{log}")

    trained = train(table, "off-record", quick)
    judge_model(trained.uri, table, holdout(table), read_policy().costs)

    assert not log.exists()
