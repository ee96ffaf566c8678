"""Requests on record decided again by a logged model's own code, in processes of their own."""

import os
import signal

import mlflow
import numpy as np
import psutil
import pytest

from steps.registry.artifact import log_checked
from steps.run.console import UserError
from steps.run.settings import Settings
from steps.tracking.runs import tracked_run
from steps.traffic import recorded
from steps.traffic.deciding import decide_again
from steps.traffic.replayed import declared_by, replayed

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("own_interpreters")]


@pytest.fixture(scope="module")
def uri(booster, scorecard, contract, application) -> str:
    """The model that decided what is on record, logged."""
    with tracked_run("train", "unit", Settings().tracking_uri):
        return log_checked(booster, scorecard, contract, application)


def children() -> list[psutil.Process]:
    return [each for each in psutil.Process().children() if "steps.traffic.own_code" in each.cmdline()]


@pytest.mark.parametrize("processes", [1, 2])
def test_a_models_own_code_decides_again_with_the_same_bits_in_the_order_of_the_record(
    uri, traffic, requests, monkeypatch, processes
):
    monkeypatch.setattr(recorded, "ROWS", 30)

    comparison = replayed(traffic, uri, processes, explained=1_000, fields=("CODE_GENDER",))

    assert len(comparison) == len(requests)
    assert np.array_equal(comparison.then.probability, comparison.now.probability)
    assert np.array_equal(comparison.then.outcome, comparison.now.outcome)
    assert len(comparison.reasons) > 20
    assert all(then == now for then, now in comparison.reasons)
    by_client = {str(each["SK_ID_CURR"]): each.get("CODE_GENDER") for each in requests}
    assert comparison.fields["CODE_GENDER"].tolist() == [by_client[client] for client in comparison.client_ids]
    assert children() == []


def test_a_model_that_cannot_be_loaded_is_an_error_that_names_it(traffic):
    with pytest.raises(UserError, match="no registered model nobody"):
        replayed(traffic, "models:/nobody/1", 1)

    assert children() == []


def test_a_process_that_is_killed_ends_the_replay_with_an_error_and_leaves_no_other(uri, traffic, monkeypatch):
    monkeypatch.setattr(recorded, "ROWS", 5)
    again = decide_again(traffic, uri, declared_by("credit-scoring", {}), processes=2)
    next(again)

    for each in children():
        os.kill(each.pid, signal.SIGKILL)

    with pytest.raises(UserError, match="broke off while it decided requests again"):
        list(again)
    assert children() == []


def test_a_replay_that_is_broken_off_leaves_no_process(uri, traffic, monkeypatch):
    monkeypatch.setattr(recorded, "ROWS", 5)
    again = decide_again(traffic, uri, declared_by("credit-scoring", {}), processes=2)
    next(again)
    assert len(children()) == 2

    again.close()

    assert children() == []


def test_a_replay_records_nothing(uri, traffic, monkeypatch, log_file):
    monkeypatch.setenv("DECISION_LOG_URI", f"sqlite:///{log_file}")
    before = traffic.count()

    replayed(traffic, uri, 1)

    assert traffic.count() == before
    assert mlflow.active_run() is None
