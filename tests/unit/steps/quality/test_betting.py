"""Evidence by betting holds whenever one looks, and finds what is there."""

import math

import numpy as np
import pytest

from steps.quality.betting import SURE, Evidence, after

DAYS, A_DAY = 120, 50
BOUND = np.ones(DAYS * A_DAY)


def differences(rng: np.random.Generator, size: int, mean: float) -> np.ndarray:
    """Changes of expected cost of decisions: mostly none, else up to 0.9 to either side."""
    changed = rng.random(size) < 0.3
    return np.where(changed, rng.uniform(-0.9, 0.9, size), 0.0) * (1 - abs(mean)) + mean


@pytest.mark.slow
def test_looking_every_day_is_wrong_once_in_twenty_times_at_most_where_a_daily_test_is_in_a_third():
    rng, trials, by_betting, by_test = np.random.default_rng(1), 400, 0, 0
    looks = np.arange(1, DAYS + 1) * A_DAY
    for _ in range(trials):
        d = differences(rng, DAYS * A_DAY, 0.0)
        evidence = after(Evidence(), d, BOUND, -BOUND)
        by_betting += any(each.is_cheaper or each.is_dearer for each in evidence)  # after every single decision
        mean = np.cumsum(d)[looks - 1] / looks
        error = np.sqrt(np.cumsum(d**2)[looks - 1] / looks - mean**2) / np.sqrt(looks)
        by_test += bool((np.abs(mean / error) > 1.96).any())

    # At most 5 %, and three standard errors of 400 trials.
    assert by_betting / trials <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / trials)
    assert by_test / trials > 0.25


@pytest.mark.parametrize(("mean", "found"), [(-0.03, "is_cheaper"), (0.03, "is_dearer")])
def test_a_true_difference_is_found_and_never_the_other_way(mean, found):
    evidence = after(Evidence(), differences(np.random.default_rng(2), DAYS * A_DAY, mean), BOUND, -BOUND)

    assert getattr(evidence[-1], found)
    assert not all(getattr(evidence[-1], name) for name in ("is_cheaper", "is_dearer"))
    assert evidence[-1].mean == pytest.approx(mean, abs=0.02)


def test_the_evidence_is_the_same_in_batches_of_any_size():
    d = differences(np.random.default_rng(3), 300, -0.05)
    bound = np.ones(300)
    whole = after(Evidence(), d, bound, -bound)

    parts, last = [], Evidence()
    for first, end in ((0, 1), (1, 100), (100, 100), (100, 300)):
        parts += after(last, d[first:end], bound[first:end], -bound[first:end])
        last = parts[-1]

    assert [each.log_cheaper for each in parts] == pytest.approx([each.log_cheaper for each in whole])
    assert parts[-1].compared == 300


def test_a_bet_depends_on_the_past_alone():
    d = differences(np.random.default_rng(4), 50, -0.1)
    bound = np.ones(50)
    other = np.concatenate([d[:-1], [-d[-1]]])

    one, two = after(Evidence(), d, bound, -bound), after(Evidence(), other, bound, -bound)

    assert one[:-1] == two[:-1]
    bet = (math.exp(one[-1].log_cheaper - one[-2].log_cheaper) - 1) / -d[-1]
    assert (math.exp(two[-1].log_cheaper - two[-2].log_cheaper) - 1) / d[-1] == pytest.approx(bet)
    assert 0 < bet <= 0.5 + 1e-9


def test_equal_decisions_are_no_evidence_and_a_capital_of_40_is():
    zeros = after(Evidence(), np.zeros(1_000), np.ones(1_000), -np.ones(1_000))[-1]

    assert zeros.capital == (1.0, 1.0)
    assert not zeros.is_cheaper
    assert not zeros.is_dearer
    assert Evidence(1, -1.0, 1.0, math.log(SURE), 0.0).is_cheaper
    assert Evidence(log_dearer=1e9).capital == (1.0, math.inf)


def test_an_observation_outside_its_bounds_is_an_error():
    with pytest.raises(ValueError, match="within their bounds"):
        after(Evidence(), np.array([1.5]), np.ones(1), -np.ones(1))
