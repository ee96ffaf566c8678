"""The reason of a rollback: as it is in the ledger, and as text in the run's description."""

import mlflow
import pytest
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

from steps.ledger.records import filed
from steps.registry import rollback
from steps.rollback import main
from tests.unit.steps.registry.entries import crown, registered

pytestmark = pytest.mark.slow  # a run of its own


def test_a_reason_is_no_markup_in_the_runs_description(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow.get_tracking_uri())
    monkeypatch.setattr(rollback, "is_readable", lambda version: True)
    model, reason = registered("reasoned", versions=2), "![refusals](http://evil/x.png) <b>doubled</b>"
    crown(model, "1")
    crown(model, "2")

    main(reason, model)

    newest = next(filed(model)).record
    assert newest.reason == reason
    described = mlflow.MlflowClient().get_run(newest.run).data.tags[MLFLOW_RUN_NOTE]
    assert described.endswith(r"in place of version 2: !\[refusals\](http://evil/x.png) \<b\>doubled\</b\>")
