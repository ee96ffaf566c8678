"""Two models on the same clients: the intervals of their differences, against the definitions."""

from collections import Counter
from itertools import product

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from custom_model.costs import Costs
from steps.quality.bootstrap import resamples
from steps.quality.figures import realised_cost
from steps.quality.paired import auc_difference, mean_difference, resampled_means

COSTS = Costs(false_negative=10, false_positive=1)


def two_models(clients: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two correlated probabilities and outcomes; the first knows more."""
    generator = np.random.default_rng(seed)
    risk = generator.normal(-2.4, 1.2, clients)
    target = (generator.random(clients) < 1 / (1 + np.exp(-risk))).astype(int)
    one = 1 / (1 + np.exp(-(risk + generator.normal(0, 0.6, clients))))
    other = 1 / (1 + np.exp(-(risk + generator.normal(0, 1.2, clients))))
    return one, other, target


def test_a_mean_difference_is_that_of_each_client_with_its_ends_around_it():
    mean, low, high = mean_difference(np.repeat([-10.0, 0.0, 1.0], [30, 900, 70]), 2_000, seed=0)

    assert mean == (-10 * 30 + 70) / 1_000
    error = np.std(np.repeat([-10.0, 0.0, 1.0], [30, 900, 70])) / np.sqrt(1_000)
    assert (low, high) == pytest.approx((mean - 1.96 * error, mean + 1.96 * error), abs=0.15 * error)


def test_each_mean_is_as_likely_as_among_all_ways_to_draw_four_clients():
    ways = Counter(sum(draw) / 4 for draw in product([-10, 0, 1, 0], repeat=4))  # 256, each as likely as any other

    drawn = Counter(resampled_means(np.array([-10.0, 0.0, 1.0, 0.0]), 100_000, seed=0).tolist())

    assert drawn.keys() == ways.keys()
    for mean, count in ways.items():
        share = count / 256
        assert drawn[mean] / 100_000 == pytest.approx(share, abs=4.5 * np.sqrt(share * (1 - share) / 100_000))


def test_cells_give_the_means_that_resampled_rows_give():
    one, other, target = two_models(500)
    paid = realised_cost(one > 1 / 11, target, COSTS) - realised_cost(other > 1 / 11, target, COSTS)
    rows = np.sort([np.average(paid, weights=weights) for weights in resamples(len(paid), 4_000, 1)])

    cells = np.sort(resampled_means(paid, 4_000, 2))

    # Quantiles of 4,000 draws are within 3 standard errors of each other over the whole range.
    places = np.arange(100, 4_000, 100)
    spread = np.std(rows)
    assert np.abs(rows[places] - cells[places]).max() < 0.15 * spread
    assert np.std(cells) == pytest.approx(paid.std() / np.sqrt(len(paid)), rel=0.04)


def test_equal_decisions_do_not_differ_by_chance_either():
    one, _, target = two_models(300)

    assert mean_difference(np.zeros(300), 200, seed=0) == (0.0, 0.0, 0.0)
    assert auc_difference(one, one, target) == (0.0, 0.0, 0.0)


def test_who_comes_first_turns_the_sign_alone():
    one, other, target = two_models(800)

    forth, back = auc_difference(one, other, target), auc_difference(other, one, target)

    assert forth.mean > 0
    assert back == pytest.approx((-forth.mean, -forth.high, -forth.low))


def test_the_seed_decides_the_resamples():
    differences = np.repeat([-10.0, 0.0, 1.0], [3, 80, 17])

    assert mean_difference(differences, 100, seed=4) == mean_difference(differences, 100, seed=4)
    assert mean_difference(differences, 100, seed=4) != mean_difference(differences, 100, seed=5)


def test_the_auc_difference_of_a_few_clients_is_counted_by_hand():
    # Defaults 0.9 and 0.2, good 0.4 and 0.1: 3 of 4 pairs won. The other ties one pair: 0.9 and 0.4, good 0.4 and 0.1.
    target = np.array([1, 1, 0, 0])
    one, other = np.array([0.9, 0.2, 0.4, 0.1]), np.array([0.9, 0.4, 0.4, 0.1])

    mean, low, high = auc_difference(one, other, target)

    assert mean == 0.75 - 0.875
    # Shares won by default: 1, 1/2 against 1, 3/4: differences 0, -1/4, variance 1/32. By good client: 1/2, 1 against
    # 3/4, 1: differences -1/4, 0, variance 1/32. Standard error sqrt(1/64 + 1/64).
    assert (high - low) / 2 == pytest.approx(1.959964 * np.sqrt(2 / 64))


@pytest.mark.parametrize("decimals", [12, 1], ids=["no ties", "many ties"])
def test_the_auc_difference_is_that_of_the_two_aucs_and_its_interval_that_of_resampled_rows(decimals):
    one, other, target = two_models(1_500)
    one, other = one.round(decimals), other.round(decimals)
    bad, good = target == 1, target == 0
    pairs = [np.sign(each[bad][:, None] - each[good]) / 2 for each in (one, other)]  # won, tied or lost
    drawn = [
        weights[bad] @ (pairs[0] - pairs[1]) @ weights[good] / (weights[bad].sum() * weights[good].sum())
        for weights in resamples(len(target), 600, 8)
    ]

    mean, low, high = auc_difference(one, other, target)

    assert mean == pytest.approx(roc_auc_score(target, one) - roc_auc_score(target, other), abs=1e-12)
    assert (high - low) / (2 * 1.96) == pytest.approx(np.std(drawn), rel=0.1)


def test_the_interval_covers_the_true_difference_in_95_of_100_samples():
    one, other, target = two_models(400_000, seed=11)
    truth = roc_auc_score(target, one) - roc_auc_score(target, other)
    covered = 0
    for part in np.split(np.arange(400_000), 400):
        _, low, high = auc_difference(one[part], other[part], target[part])
        covered += low <= truth <= high

    # 95 % of 400, with four standard errors of chance: 380 +- 17.
    assert 362 <= covered <= 398


def test_one_default_tells_nothing_of_the_noise():
    with pytest.raises(ValueError, match="at least two defaults and two good clients"):
        auc_difference(np.array([0.9, 0.1, 0.2]), np.array([0.1, 0.2, 0.3]), np.array([1, 0, 0]))
