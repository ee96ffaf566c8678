"""How far a booster's log-odds can fall when fields change."""

import lightgbm as lgb
import numpy as np
import pytest

from custom_model.applications import Applications
from custom_model.lowest_leaves import LowestLeaves
from custom_model.omission import RefusedClients, used_fields

SCORES = ["EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3"]


@pytest.fixture(scope="module")
def lowest(decider, values):
    return LowestLeaves(decider.features, decider.scorer.booster, decider.features.matrix(values))


def raw(decider, values):
    return decider.scorer.booster.predict(decider.features.matrix(values), raw_score=True, num_threads=1)


@pytest.mark.parametrize("replacement", [np.nan, -1e9, 0.0, 1e9])
def test_log_odds_fall_by_no_more_whatever_fields_become(decider, values, lowest, replacement):
    before = raw(decider, values)
    for fields in ([name] for name in used_fields(decider)):
        changed = values.copy()
        changed[:, [decider.contract.column_of[name] for name in fields]] = replacement

        assert (before - raw(decider, changed) <= lowest.fall(fields) + 1e-9).all()


def test_a_field_that_no_tree_splits_on_lets_nothing_fall(decider, values):
    matrix = decider.features.matrix(values)
    stump = {"objective": "binary", "num_leaves": 2, "verbose": -1}
    by_the_first_score = matrix[:, decider.features.names.index("EXT_SOURCE_1")] > 0.5
    lowest = LowestLeaves(decider.features, lgb.train(stump, lgb.Dataset(matrix, by_the_first_score), 1), matrix)

    assert lowest.fall(["EXT_SOURCE_1"]).any()
    assert not lowest.fall(["AMT_CREDIT"]).any()


def test_all_fields_together_let_log_odds_fall_to_the_lowest_leaves_of_all_trees(decider, values, lowest):
    trees = decider.scorer.booster.trees_to_dataframe()
    least = trees[trees["left_child"].isna()].groupby("tree_index")["value"].min().sum()

    assert lowest.fall(decider.contract.fields) == pytest.approx(raw(decider, values) - least, abs=1e-9)


def test_a_booster_whose_trees_cannot_be_read_has_no_bound(decider, values):
    matrix = decider.features.matrix(values)
    forest = {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5, "objective": "binary", "verbose": -1}
    booster = lgb.train(forest, lgb.Dataset(matrix, np.arange(len(matrix)) % 2), 2)

    assert np.isinf(LowestLeaves(decider.features, booster, matrix).fall(SCORES)).all()


def test_what_leaving_out_wins_is_the_same_without_the_bound(decider, values, monkeypatch):
    clients, fields = Applications([None] * len(values), values, {}), used_fields(decider)
    bounded = RefusedClients(decider, clients).without_each(fields)

    monkeypatch.setattr(LowestLeaves, "fall", lambda self, _: np.full(self._rows, np.inf))

    assert RefusedClients(decider, clients).without_each(fields) == bounded
    assert any(each.granted for each in bounded)
