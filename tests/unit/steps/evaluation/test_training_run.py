"""The run of a version's training, also of a version that another policy gave."""

from types import SimpleNamespace

import mlflow
import numpy as np
import pytest

from steps.evaluation.training_run import POLICY_OF_RUN, training_run
from steps.training.policy_record import log_policy
from steps.training.score_reference import log_score_reference
from tests.unit.steps.lender import POLICY

OTHER = POLICY.model_copy(update={"excluded_fields": ("sex",)})


@pytest.fixture(scope="module")
def trained() -> str:
    """The run of a training."""
    with mlflow.start_run() as run:
        mlflow.log_metrics({"trees": 40})
        log_policy(POLICY)
        log_score_reference(np.linspace(0.01, 0.9, 100), np.arange(100) % 5)
    return run.info.run_id


def changed(former: str) -> str:
    """The run of a change of policy from the version of another run."""
    with mlflow.start_run() as run:
        mlflow.set_tag(POLICY_OF_RUN, former)
        log_policy(OTHER)
    return run.info.run_id


@pytest.fixture
def found(monkeypatch):
    """What is found of a model whose own run has this id."""

    def find(run_id: str | None):
        info = SimpleNamespace(run_id=run_id, flavors={})
        monkeypatch.setattr(mlflow.models, "get_model_info", lambda _: info)
        return training_run("models:/lender/1")

    return find


def test_a_trained_version_has_its_own_run(found, trained):
    run = found(trained)

    assert run.run_id == trained
    assert run.metrics["trees"] == 40
    assert run.policy["excluded_fields"] == []
    assert run.reference.counts == [10] * 10


def test_a_version_under_another_policy_has_the_run_of_its_training_and_a_policy_of_its_own(found, trained):
    run = found(changed(changed(trained)))

    assert run.run_id == trained
    assert run.reference is not None
    assert run.policy["excluded_fields"] == ["sex"]


def test_a_training_that_is_gone_leaves_the_last_run_that_is_known(found):
    own = changed("0" * 32)

    assert found(own).run_id == own
    assert found(own).reference is None


def test_a_model_of_no_run_has_no_training(found):
    assert found(None) is None
