"""One row through the C API gives what `Booster.predict` gives."""

import gc
import sys
import threading

import numpy as np
import pytest

from custom_model.single_row import SingleRow


@pytest.fixture(scope="module")
def rows(decider):
    """Rows of any size, NaN and zeros among them."""
    generator = np.random.default_rng(5)
    width = decider.scorer.booster.num_feature()
    rows = generator.normal(scale=10 ** generator.integers(0, 6, width), size=(200, width))
    rows[generator.random(rows.shape) < 0.3] = np.nan
    rows[generator.random(rows.shape) < 0.1] = 0.0
    return rows


@pytest.fixture(scope="module")
def single_row(decider):
    return SingleRow(decider.scorer.booster)


def test_log_odds_are_those_of_the_booster_bit_for_bit(decider, single_row, rows):
    expected = decider.scorer.booster.predict(rows, raw_score=True)

    assert [single_row.log_odds(row) for row in rows] == expected.tolist()


@pytest.fixture
def threads_change_at_once():
    """Python's lock changes hands after each call into C, where it may, and not every 5 ms only."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_no_thread_is_told_the_row_of_another(decider, single_row, rows, threads_change_at_once):
    expected = decider.scorer.booster.predict(rows, raw_score=True).tolist()
    found = {}

    def ask(start: int) -> None:
        turned = [*range(start, 200), *range(start)]
        found[start] = [(row, single_row.log_odds(rows[row])) for _ in range(20) for row in turned]

    threads = [threading.Thread(target=ask, args=(start,)) for start in range(0, 200, 25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert all(log_odds == expected[row] for told in found.values() for row, log_odds in told)


@pytest.mark.parametrize(
    "row",
    [np.zeros(3), np.zeros((1, 3)), np.zeros(3, dtype=np.float32), np.zeros(6)[::2]],
    ids=["short", "matrix", "float32", "gaps"],
)
def test_memory_of_another_shape_is_never_read(single_row, row):
    with pytest.raises(ValueError, match="float64 without gaps"):
        single_row.log_odds(row)


def test_a_scorer_outlives_the_name_of_its_booster(decider, rows):
    booster = decider.scorer.booster
    alone = SingleRow(type(booster)(model_str=booster.model_to_string()))
    gc.collect()

    assert alone.log_odds(rows[0]) == booster.predict(rows[:1], raw_score=True)[0]
