"""The inspection of a model: its own contributions, and decisions that small changes really turn."""

import json
from dataclasses import asdict, replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from custom_model.applications import validate
from custom_model.costs import Costs
from custom_model.points import ScoreScale
from steps.evaluation.in_subprocess import INSPECTION
from steps.evaluation.inspection import CHANGES, DRAWN, EVERYTHING, MOST_FIELDS, inspect


@pytest.fixture(scope="module")
def table(contract, values) -> pd.DataFrame:
    """The clients of the fixtures as a table of applications."""
    frame = pd.DataFrame(values, columns=list(contract.fields))
    for name, levels in contract.categories.items():
        codes = frame[name]
        frame[name] = [None if np.isnan(code) else levels[int(code)] for code in codes]
    frame.insert(0, contract.id, np.arange(len(frame)))
    return frame


@pytest.fixture(scope="module")
def inspection(decider, table):
    return inspect(SimpleNamespace(decider=decider), table, seed=0, threads=2)


def test_contributions_are_the_boosters_own_and_the_strongest_come_first(inspection, decider, table):
    applications, _ = validate(decider.contract, table, is_simulation=True)
    own = np.abs(decider.scorer.contributions(decider.features.matrix(applications.values))).mean(axis=0)

    assert inspection.explained == 400
    found = {each.feature: each.weight for each in inspection.drivers}
    assert found == pytest.approx(dict(zip(decider.features.names, own.tolist(), strict=True)))
    assert list(found.values()) == sorted(found.values(), reverse=True)


def test_only_the_strongest_features_have_points(inspection):
    lengths = [len(each.values) for each in inspection.drivers]

    assert lengths[:DRAWN] == [400] * DRAWN
    assert set(lengths[DRAWN:]) <= {0}


def test_a_change_turns_the_decisions_that_the_model_makes_of_the_changed_values(inspection, decider, table):
    changed = table.assign(EXT_SOURCE_2=table["EXT_SOURCE_2"] * 1.05)
    before, after = (
        np.array(decider.outcomes(validate(decider.contract, each, is_simulation=True)[0])) for each in (table, changed)
    )
    (found,) = (each for each in inspection.flips if each.field == "EXT_SOURCE_2" and each.change == 0.05)

    assert found.clients == 400
    assert found.changed == int(table["EXT_SOURCE_2"].notna().sum())
    assert found.to_refused == int(((after == "refused") & (before != "refused")).sum())
    assert found.to_granted == int(((after == "granted") & (before != "granted")).sum())
    assert found.share == (after != before).mean()


def test_decisions_that_turn_to_a_person_turn_too(decider, table):
    costs = Costs(false_negative=10, false_positive=1, review=0.3)
    reviewing = replace(decider, scorecard=decider.scorecard.model_copy(update={"costs": costs}))

    found = inspect(SimpleNamespace(decider=reviewing), table, seed=0, threads=2)

    assert sum(each.to_referred for each in found.flips) > 0
    (alone,) = (each for each in found.flips if each.field == "EXT_SOURCE_2" and each.change == 0.05)
    assert alone.share == turned(reviewing, table)


def turned(decider, table) -> float:
    """The share of decisions that 5 % more of EXT_SOURCE_2 turn."""
    changed = table.assign(EXT_SOURCE_2=table["EXT_SOURCE_2"] * 1.05)
    both = [
        np.array(decider.outcomes(validate(decider.contract, each, is_simulation=True)[0])) for each in (table, changed)
    ]
    return float((both[0] != both[1]).mean())


def test_the_scale_of_the_points_is_the_scorecards(inspection, decider, table):
    scale = ScoreScale(base_points=600, base_odds=50, points_to_double_odds=20)
    scored = replace(decider, scorecard=decider.scorecard.model_copy(update={"score": scale}))

    found = inspect(SimpleNamespace(decider=scored), table, seed=0, threads=2)

    assert inspection.score is None
    assert ScoreScale.model_validate(INSPECTION.validate_json(json.dumps(asdict(found))).score) == scale


def test_every_numeric_field_is_changed_alone_and_all_of_them_at_once(inspection, decider):
    numeric = [name for name in decider.features.inputs if name in decider.contract.numeric]

    alone = {each.field for each in inspection.flips} - {EVERYTHING}
    assert alone == set(numeric[:MOST_FIELDS]) == set(numeric)
    assert [each.change for each in inspection.flips if each.field == EVERYTHING] == [0.01, 0.05]
    assert len(inspection.flips) == len(numeric) * len(CHANGES) + 2


def test_the_same_seed_gives_the_same_inspection(inspection, decider, table):
    again = inspect(SimpleNamespace(decider=decider), table, seed=0, threads=1)

    assert again.flips == inspection.flips


def test_a_model_of_other_code_is_not_inspected(table):
    assert inspect(SimpleNamespace(), table, seed=0, threads=1) is None
    assert inspect(SimpleNamespace(decider=SimpleNamespace(scorer=None)), table, seed=0, threads=1) is None


def test_a_field_is_in_the_words_of_the_scorecard_and_else_its_name(inspection):
    assert inspection.in_words("EXT_SOURCE_2") == "EXT_SOURCE_2"  # this scorecard has no meanings
