"""The fingerprint of a training: the same for the same, another for anything that changes the model."""

import pytest

from steps.run.settings import Settings
from steps.training.inputs import fingerprint
from steps.training.parameters import Parameters
from tests.unit.steps.lender import POLICY, lender_table

SAME = {
    "table": lender_table(),
    "params": Parameters(),
    "policy": POLICY,
    "settings": Settings(),
    "most_features": 250,
    "boosters": 1,
}


def changed_table():
    table = lender_table()
    table.frame.loc[599, "income"] += 1
    return table


def test_the_same_inputs_have_the_same_fingerprint():
    first, second = fingerprint(**SAME), fingerprint(**{**SAME, "table": lender_table()})

    assert first == second
    assert len(first) == 16
    assert int(first, 16) >= 0


@pytest.mark.parametrize(
    "change",
    [
        {"table": changed_table()},
        {"params": Parameters(num_leaves=31)},
        {"policy": POLICY.model_copy(update={"excluded_fields": ("job",)})},
        {"settings": Settings(seed=1)},
        {"most_features": 100},
        {"boosters": 5},
    ],
    ids=lambda change: next(iter(change)),
)
def test_anything_that_changes_the_model_changes_it(change):
    assert fingerprint(**{**SAME, **change}) != fingerprint(**SAME)


def test_the_gate_is_asked_each_time_and_changes_nothing_of_the_model():
    gate = POLICY.promotion.model_copy(update={"least_clients": 7})

    assert fingerprint(**{**SAME, "policy": POLICY.model_copy(update={"promotion": gate})}) == fingerprint(**SAME)


def test_who_writes_letters_and_when_monitoring_alarms_change_nothing_of_the_model():
    letters = POLICY.letters.model_copy(update={"lender": "Northern Savings Bank"})
    monitoring = POLICY.monitoring.model_copy(update={"least_decisions": 50})
    other = POLICY.model_copy(update={"letters": letters, "monitoring": monitoring, "desk_login": "desk-service"})

    assert fingerprint(**{**SAME, "policy": other}) == fingerprint(**SAME)


def test_the_code_is_a_part_of_it(monkeypatch, tmp_path):
    before = fingerprint(**SAME)
    for folder in ("custom_model", "steps"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.py").write_text("x = 1")
    monkeypatch.setattr("steps.training.inputs.PROJECT", tmp_path)
    one = fingerprint(**SAME)
    (tmp_path / "steps" / "a.py").write_text("x = 2")

    assert len({before, one, fingerprint(**SAME)}) == 3
