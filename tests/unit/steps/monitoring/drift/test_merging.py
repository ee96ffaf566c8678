"""Bins are merged until five are expected in each, neighbours of a number and the rarest levels of a category."""

import numpy as np

from steps.monitoring.drift.merging import expected, merged


def one(reference, window, is_number):
    joined = merged(np.array([reference], float), np.array([window], float), np.array([is_number]))
    return joined[0][0].tolist(), joined[1][0].tolist(), int(joined[2][0])


def test_rare_levels_of_a_category_become_one():
    # Of 100 requests 60, 37, 2 and 1 are expected: 37 + 2 + 1 are one bin.
    reference, window, bins = one([6_000, 100, 3_700, 200, 0], [50, 4, 40, 6, 0], False)

    assert bins == 2
    assert reference[:2] == [6_000, 4_000]
    assert window[:2] == [50, 50]


def test_bins_of_a_number_join_their_neighbours():
    # 3 expected in each of four bins, none missing: pairs of neighbours.
    reference, window, bins = one([300, 300, 300, 300, 0], [1, 2, 4, 5, 0], True)

    assert bins == 2
    assert window[:2] == [3, 9]
    assert reference[:2] == [600, 600]


def test_what_is_left_over_joins_the_bin_before():
    _, window, bins = one([500, 500, 200, 0], [5, 5, 2, 0], True)

    assert bins == 2
    assert window[:2] == [5, 7]


def test_few_missing_values_of_a_number_join_the_lowest_bin_and_many_stay_alone():
    few = one([900, 1_000, 100], [9, 10, 1], True)
    many = one([900, 1_000, 600], [9, 10, 6], True)

    assert few[1][:2] == [10, 10]
    assert many[2] == 3
    assert many[1] == [6, 9, 10]


def test_nothing_is_lost_and_a_field_of_one_value_has_one_bin():
    generator = np.random.default_rng(0)
    reference = generator.poisson(generator.exponential(200, (50, 22)))
    window = generator.poisson(generator.exponential(3, (50, 22)))
    joined = merged(reference.astype(float), window.astype(float), np.arange(50) % 2 == 0)

    assert (joined[0].sum(axis=1) == reference.sum(axis=1)).all()
    assert (joined[1].sum(axis=1) == window.sum(axis=1)).all()
    for row, bins in enumerate(joined[2]):
        assert (expected(*joined[:2])[row, :bins] >= 5 - 1e-9).all()
        assert (joined[0][row, bins:] + joined[1][row, bins:] == 0).all()
    assert one([0, 1_000, 0], [0, 10, 0], True)[2] == 1


def test_how_bins_are_merged_does_not_depend_on_a_small_window():
    # 5 are expected in each of 20 equal bins of 100 requests, whatever the window has.
    generator = np.random.default_rng(0)
    reference = np.full((30, 21), 5_000.0)
    window = generator.multinomial(100, np.full(21, 1 / 21), 30).astype(float)

    assert len(np.unique(merged(reference, window, np.ones(30, bool))[2])) == 1


def test_samples_alike_in_size_are_merged_by_both():
    # 8 and 2 in samples of 100 are 5 of each together; by the reference alone, 8.
    found = expected(np.array([[8.0, 92.0]]), np.array([[2.0, 98.0]]))

    assert found.tolist() == [[5.0, 95.0]]
