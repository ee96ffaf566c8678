"""Scoring without stores: no store in the block, all variables restored after it."""

import os

import pytest

from custom_model.environment import Environment
from steps.run.off_record import off_record


def test_no_variable_of_a_served_model_is_seen_in_the_block_and_each_is_back_after_it(monkeypatch):
    monkeypatch.setenv("DECISION_LOG_URI", "sqlite:////srv/decisions.db")
    monkeypatch.setenv("HISTORY_STORE_DOWN", "none")
    before = dict(os.environ)

    with off_record():
        assert Environment.read() == Environment.read({})
        assert os.environ.keys() == before.keys() - {"DECISION_LOG_URI", "HISTORY_STORE_DOWN"}

    assert dict(os.environ) == before


def test_the_variables_are_back_also_after_an_error(monkeypatch):
    monkeypatch.setenv("DECISION_LOG_URI", "sqlite:////srv/decisions.db")

    with pytest.raises(ZeroDivisionError), off_record():
        _ = 1 / 0

    assert os.environ["DECISION_LOG_URI"] == "sqlite:////srv/decisions.db"
