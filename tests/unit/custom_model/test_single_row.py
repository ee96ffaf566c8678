"""One row through the C API equals `Booster.predict`."""

import gc
import sys
import threading

import numpy as np
import pytest

from custom_model.single_row import SingleRow


@pytest.fixture(scope="module")
def rows(decider):
    """Rows of any magnitude, with NaN and zeros."""
    generator = np.random.default_rng(5)
    width = decider.scorer.booster.num_feature()
    rows = generator.normal(scale=10 ** generator.integers(0, 6, width), size=(200, width))
    rows[generator.random(rows.shape) < 0.3] = np.nan
    rows[generator.random(rows.shape) < 0.1] = 0.0
    return rows


@pytest.fixture(scope="module")
def single_row(decider):
    return SingleRow(decider.scorer.booster)


def test_log_odds_equal_the_boosters_bit_for_bit(decider, single_row, rows):
    expected = decider.scorer.booster.predict(rows, raw_score=True)

    assert [single_row.log_odds(row) for row in rows] == expected.tolist()


@pytest.fixture
def threads_change_at_once():
    """The GIL may change hands after each call into C, not only every 5 ms."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_no_thread_gets_the_result_of_another(decider, single_row, rows, threads_change_at_once):
    expected = decider.scorer.booster.predict(rows, raw_score=True).tolist()
    results = {}

    def ask(start: int) -> None:
        turned = [*range(start, 200), *range(start)]
        results[start] = [(row, single_row.log_odds(rows[row])) for _ in range(20) for row in turned]

    threads = [threading.Thread(target=ask, args=(start,)) for start in range(0, 200, 25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(results) == 8
    assert all(log_odds == expected[row] for pairs in results.values() for row, log_odds in pairs)


@pytest.mark.parametrize(
    "row",
    [np.zeros(3), np.zeros((1, 3)), np.zeros(3, dtype=np.float32), np.zeros(6)[::2]],
    ids=["short", "matrix", "float32", "gaps"],
)
def test_an_array_of_another_shape_or_layout_is_never_read(single_row, row):
    with pytest.raises(ValueError, match="float64 without gaps"):
        single_row.log_odds(row)


def test_a_scorer_keeps_its_booster_alive(decider, rows):
    booster = decider.scorer.booster
    alone = SingleRow(type(booster)(model_str=booster.model_to_string()))
    gc.collect()

    assert alone.log_odds(rows[0]) == booster.predict(rows[:1], raw_score=True)[0]
