"""Contributions equal LightGBM's own on any row, in the same bits in any matrix; what cannot be tabulated is said."""

import logging
from itertools import product
from math import inf

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custom_model.contributions import choice, contributions_of
from custom_model.contributions.conditions import Among, Below, Within, leaves_of
from custom_model.contributions.proof import SPECIAL, edge_rows
from custom_model.contributions.sizing import nbytes, plan_of
from custom_model.contributions.tabulated import ROWS, Tabulated
from custom_model.contributions.trees import Missing, trees_of

WHOLE, THIRD = 1.0, 0.3  # of the bytes of all tables: the longer paths are left over


@pytest.fixture(scope="module")
def tabulated(booster_of):
    """The contributions of a booster, which must be those of tables."""
    made = {}

    def of(kind: str, share: float = WHOLE) -> Tabulated:
        if (kind, share) not in made:
            groups = plan_of([list(leaves_of(tree)) for tree in trees_of(booster_of(kind))]).groups
            made[kind, share] = contributions_of(booster_of(kind), int(share * sum(map(nbytes, groups))))
        assert isinstance(made[kind, share], Tabulated)
        return made[kind, share]

    return of


def assert_equal(found: np.ndarray, expected: np.ndarray) -> None:
    """Equal to 1e-12 of the largest contribution."""
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * np.abs(expected).max(initial=0.0))


@pytest.mark.parametrize("share", [WHOLE, THIRD])
def test_contributions_of_clients_and_of_edges_are_lightgbms(tabulated, booster_of, lightgbms, clients, kind, share):
    booster = booster_of(kind)
    rows = np.vstack([clients, edge_rows(trees_of(booster), booster.num_feature(), 300)])

    assert_equal(tabulated(kind, share)(rows), lightgbms(booster, rows))


NUMBERS = st.one_of(
    st.sampled_from(SPECIAL),
    st.floats(width=64),
    st.integers(-3, 100).map(float),
    st.floats(-3, 75),
    st.sampled_from((5.0, 1.0000000180025095e-35, 1.00000001e-35, -1e-35, 2.0**31, 2.0**31 - 1, 2.0**32 + 1, 1e300)),
)


@given(data=st.data())
@settings(max_examples=25)
def test_contributions_of_any_row_are_lightgbms(tabulated, booster_of, lightgbms, kind, data):
    booster = booster_of(kind)
    thresholds = [split.threshold for tree in trees_of(booster) for split in tree.splits] or [0.0]
    edges = st.sampled_from(thresholds).flatmap(
        lambda edge: st.sampled_from([edge, np.nextafter(edge, np.inf), np.nextafter(edge, -np.inf)])
    )
    row = np.array([data.draw(st.lists(NUMBERS | edges, min_size=18, max_size=18))])

    assert_equal(tabulated(kind)(row), lightgbms(booster, row))


def test_contributions_and_the_expected_value_add_up_to_the_raw_score(tabulated, booster_of, clients, kind):
    booster = booster_of(kind)
    expected_value = booster.predict(clients[:1], pred_contrib=True)[0, -1]

    total = tabulated(kind)(clients).sum(axis=1) + expected_value

    np.testing.assert_allclose(total, booster.predict(clients, raw_score=True), rtol=0, atol=1e-12)


@pytest.mark.parametrize("share", [WHOLE, THIRD])
@pytest.mark.parametrize("kind", ["long_paths", "categories"])
def test_a_row_has_the_same_bits_alone_and_in_any_matrix(tabulated, clients, kind, share):
    contributions = tabulated(kind, share)
    alone = np.vstack([contributions(clients[[row]]) for row in range(60)])

    for size in (1, 2, 7, ROWS, ROWS + 1, 60):
        matrix = np.vstack([clients[300 : 300 + size], clients[:60]])
        for each in (matrix, np.asfortranarray(matrix), np.repeat(matrix, 2, axis=0)[::2]):
            assert contributions(each)[size:].tobytes() == alone.tobytes()


def test_no_rows_have_no_contributions(tabulated):
    assert tabulated("categories")(np.empty((0, 18))).shape == (0, 18)


def test_paths_too_long_for_the_budget_are_left_over(booster_of):
    trees = [list(leaves_of(tree)) for tree in trees_of(booster_of("long_paths"))]
    whole = plan_of(trees)
    budget = int(THIRD * sum(map(nbytes, whole.groups)))

    small = plan_of(trees, budget)

    assert not whole.left
    assert small.left
    assert sum(map(nbytes, small.groups)) <= budget
    longest = max(len(leaf.conditions) for group in small.groups for leaf in group.leaves)
    assert longest <= min(len(leaf.conditions) for leaf in small.left)
    assert sum(len(group.leaves) for group in small.groups) + len(small.left) == sum(map(len, trees))


def test_the_boosters_have_all_that_makes_trees_hard(booster_of, kinds):
    trees = [tree for kind in kinds for tree in trees_of(booster_of(kind))]
    splits = [split for tree in trees for split in tree.splits]
    numbers = [split for split in splits if split.categories is None]
    groups = plan_of([list(leaves_of(tree)) for tree in trees]).groups

    assert any(split.threshold == inf for split in numbers)  # on missing alone
    assert {(split.missing, split.missing_goes_left) for split in numbers} >= {
        *product((Missing.nan, Missing.zero), (False, True)),
        (Missing.none, True),
    }
    assert any(max(split.categories, default=0) > 32 for split in splits if split.categories is not None)
    assert {type(atom) for group in groups for atom in group.atoms} == {Below, Within, Among}
    assert max(map(len, groups)) > 8  # a pattern of two bytes
    assert any(not tree.splits for tree in trees)


@pytest.fixture
def log(caplog):
    """The lines of the log."""
    caplog.set_level(logging.INFO, "custom_model")
    return lambda: [record.getMessage() for record in caplog.records]


def edited(booster: lgb.Booster, name: str, value: str) -> lgb.Booster:
    """The booster with other values in a line of all its trees."""
    lines = booster.model_to_string().split("\n")
    changed = [
        f"{name}=" + " ".join(value for _ in line.split()) if line.startswith(f"{name}=") else line for line in lines
    ]
    return lgb.Booster(model_str="\n".join(line for line in changed if not line.startswith("tree_sizes=")))


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"objective": "multiclass", "num_class": 2}, "it has several trees an iteration"),
        ({"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}, "its output is a mean of trees"),
    ],
)
def test_a_booster_of_another_kind_has_lightgbms_contributions_and_the_log_says_why(
    trained, clients, lightgbms, log, params, reason
):
    booster = trained(3, **params)

    found = contributions_of(booster)(clients[:5])

    assert found.tobytes() == lightgbms(booster, clients[:5]).tobytes()
    (line,) = log()
    assert line.endswith(f"by LightGBM: {reason}")


def test_linear_trees_have_no_contributions_in_lightgbm_either_and_are_refused(trained, log):
    contributions_of(trained(3, linear_tree=True))

    assert log()[0].endswith("its leaves are linear models")


def test_trees_without_covers_have_lightgbms_contributions(booster_of, clients, lightgbms, log):
    booster = edited(booster_of("missing_is_nan"), "leaf_count", "0")

    found = contributions_of(booster)(clients[:5])

    assert found.tobytes() == lightgbms(booster, clients[:5]).tobytes()
    (line,) = log()
    assert line.endswith("a tree has no numbers of training rows in its nodes")


def test_too_small_a_budget_leaves_all_to_lightgbm(booster_of, clients, lightgbms, log):
    booster = booster_of("long_paths")

    found = contributions_of(booster, budget=1_000)(clients[:5])

    assert found.tobytes() == lightgbms(booster, clients[:5]).tobytes()
    assert "its tables would have more than" in log()[0]


def test_tables_that_give_other_contributions_are_not_used(booster_of, trained, clients, lightgbms, log, monkeypatch):
    booster, other = booster_of("missing_is_nan"), trained(num_leaves=5)
    monkeypatch.setattr(choice, "trees_of", lambda _: trees_of(other))

    found = contributions_of(booster)(clients[:5])

    assert found.tobytes() == lightgbms(booster, clients[:5]).tobytes()
    assert log() == [
        "contributions of this model take ten times as long as they can, by LightGBM: "
        "its tables do not give LightGBM's contributions"
    ]


def test_trees_in_another_form_are_left_to_lightgbm(booster_of, clients, lightgbms, log, monkeypatch):
    booster = booster_of("missing_is_nan")
    text = booster.model_to_string().replace("leaf_count", "covers")
    monkeypatch.setattr(booster, "model_to_string", lambda: text)

    found = contributions_of(booster)(clients[:5])

    assert found.tobytes() == lightgbms(booster, clients[:5]).tobytes()
    assert log()[0].endswith("this LightGBM writes trees in another form")
