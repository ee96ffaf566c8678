"""Pairs of columns: found among many, each once, and none by chance."""

import numpy as np

from steps.training.leaking_pairs import MOST_ROWS, pair_aucs

ROWS = 8_000  # more than are screened
GENERATOR = np.random.default_rng(12)
BAD = (GENERATOR.random(ROWS) < 0.2).astype(np.int64)


def columns(count: int) -> np.ndarray:
    """(rows, count) numbers of several kinds that say nothing, some of them missing."""
    values = GENERATOR.normal(size=(ROWS, count))
    values[:, ::3] = np.exp(values[:, ::3])
    values[:, 1::5] = np.floor(4 * GENERATOR.random((ROWS, len(range(1, count, 5)))))
    values[:, 4::7] = np.maximum(values[:, 4::7], 0)
    values[GENERATOR.random(values.shape) < 0.05] = np.nan
    return values


def test_columns_that_say_nothing_are_no_pair():
    assert list(pair_aucs(columns(60), BAD, [False] * 60, 0.6)) == []


def test_a_pair_is_found_among_many_wherever_it_stands():
    matrix = columns(60)
    matrix[:, 7] = GENERATOR.lognormal(9, 1, ROWS)
    matrix[:, 52] = np.where(BAD == 1, matrix[:, 7] * GENERATOR.random(ROWS), matrix[:, 7])

    ((one, other, auc),) = pair_aucs(matrix, BAD, [False] * 60, 0.95)

    assert (one, other) == (7, 52)
    assert auc > 0.99


def test_levels_that_differ_for_defaults_are_a_pair_however_many_there_are():
    matrix = columns(10)
    matrix[:, 2] = GENERATOR.integers(0, 12, ROWS)
    matrix[:, 5] = (matrix[:, 2] + BAD) % 12

    ((one, other, _),) = pair_aucs(matrix, BAD, [column in (2, 5) for column in range(10)], 0.95)

    assert (one, other) == (2, 5)


def test_a_pair_counts_by_all_rows_not_by_those_that_are_screened():
    matrix = columns(4)
    matrix[:, 0] = GENERATOR.normal(size=ROWS)
    matrix[:, 3] = np.where(BAD == 1, matrix[:, 0] + 1, matrix[:, 0])
    matrix[MOST_ROWS:, 3] = GENERATOR.normal(size=ROWS - MOST_ROWS)

    assert list(pair_aucs(matrix, BAD, [False] * 4, 0.95)) == []
