"""How derived features move with their fields: as declared, on thousands of random clients."""

import numpy as np
import pytest

from custom_model.derived import GROUPS, derive
from steps.tables.home_credit import APPLICATION, home_credit
from steps.training.derived_moves import MOVES, SCORES

CLIENTS = 4_000
INPUTS = sorted({name for group in GROUPS for name in group.inputs})
# Figures of past loans, and of fields whose bounds are far wider than any client.
BOUNDS = {
    **{f"AMT_{what}": (1, 1e6) for what in ("CREDIT", "ANNUITY", "GOODS_PRICE", "INCOME_TOTAL")},
    "PREVIOUS_AMT_ANNUITY_MEAN_LAST1": (0, 1e5),
    "PREVIOUS_AMT_CREDIT_MAX_APPROVED": (0, 1e6),
    "BUREAU_AMT_CREDIT_SUM_DEBT_SUM_ACTIVE": (-1e5, 1e6),
    "POS_REMAINING_SUM_NOW": (0, 1e6),
}


def bounds_of(name: str) -> tuple[float, float]:
    meaning = home_credit()[APPLICATION].meanings.get(name)
    return BOUNDS.get(name) or (meaning.lowest, meaning.highest)


def drawn(name: str, generator: np.random.Generator) -> np.ndarray:
    """(clients,) values of a field within its bounds, one in twenty at the lowest."""
    low, high = bounds_of(name)
    values = generator.uniform(low, high, CLIENTS)
    if name.startswith(("CNT_", "FLAG_")):
        values = np.rint(values)
    return np.where(generator.random(CLIENTS) < 0.05, low, values)


def derived(columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    names = [feature.name for group in GROUPS for feature in group.features]
    out = np.empty((CLIENTS, len(names)))
    derive(GROUPS, columns, out)
    return dict(zip(names, out.T, strict=True))


def moved(field: str) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The derived features of random clients, a tenth of whose other values are missing, before and after a rise."""
    generator = np.random.default_rng(INPUTS.index(field))
    columns = {name: drawn(name, generator) for name in INPUTS}
    for name in INPUTS:
        if name != field:
            columns[name] = np.where(generator.random(CLIENTS) < 0.1, np.nan, columns[name])
    other = drawn(field, generator)
    low, high = np.minimum(columns[field], other), np.maximum(columns[field], other)
    return derived({**columns, field: low}), derived({**columns, field: high})


def test_every_derived_feature_is_declared_by_fields_that_it_derives_from():
    inputs = {feature.name: set(group.inputs) for group in GROUPS for feature in group.features}

    assert set(MOVES) == set(inputs)
    for name, moves in MOVES.items():
        named = [*moves.rises, *moves.falls, *moves.turns]
        assert len(named) == len(set(named))
        assert set(named) <= inputs[name]


@pytest.mark.parametrize("field", INPUTS)
def test_features_move_with_a_field_as_declared_and_otherwise_stay(field):
    before, after = moved(field)

    for name, moves in MOVES.items():
        known = ~np.isnan(before[name]) & ~np.isnan(after[name])
        steps = after[name][known] - before[name][known]
        least = -1e-9 * np.abs(before[name][known])  # rounding of a weighted mean, of sums in another order
        if field in moves.turns:
            assert (steps > 0).any(), name
            assert (steps < 0).any(), name
        elif field in moves.rises:
            assert (steps >= least).all(), name
            assert (steps > 0).any(), name
        elif field in moves.falls:
            assert (-steps >= least).all(), name
            assert (steps < 0).any(), name
        else:
            assert not steps.any(), name


@pytest.mark.parametrize("score", SCORES)
def test_no_feature_of_an_external_score_goes_missing_as_the_score_falls_to_nothing(score):
    before, after = moved(score)

    for name, moves in MOVES.items():
        if score in (*moves.rises, *moves.falls):
            np.testing.assert_array_equal(np.isnan(before[name]), np.isnan(after[name]), err_msg=name)
