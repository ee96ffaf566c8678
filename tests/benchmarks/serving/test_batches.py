"""Large requests: rows a second, and multiples of the booster's own time."""

import lightgbm as lgb
import numpy as np

from benchmarks.load.closed_loop import Load
from benchmarks.serving.batches import BOOSTER, NONE, REFUSED, batches_table, goal, own_time

LOADS = {
    (1, NONE): Load(0.5, 1, 2000), (1, REFUSED): Load(2, 3, 500), (1, BOOSTER): Load(0.04, 0.1, 20_000),
    (1_000, NONE): Load(100, 120, 10), (1_000, REFUSED): Load(800, 900, 1.25), (1_000, BOOSTER): Load(40, 45, 25),
}  # fmt: skip


def test_rows_a_second_are_those_of_all_answers_and_time_is_a_multiple_of_the_boosters():
    # Ten answers of 1,000 rows a second are 10,000 rows; 100 ms are 2.5 times 40 ms.
    table = batches_table(LOADS)
    assert table.rows == [
        ["1", "0.040", "0.500", "2000", "12.5 x", "2.00", "500", "50.0 x"],
        ["1,000", "40.0", "100", "10000", "2.50 x", "800", "1250", "20.0 x"],
    ]
    assert len(table.header) == len(table.rows[0])


def test_the_goal_is_of_the_largest_request_without_reasons():
    assert str(goal(LOADS)).endswith("at most 3 times; holds: 2.50 for 1,000 rows")


def test_the_boosters_own_time_is_that_of_its_calls():
    generator = np.random.default_rng(0)
    matrix = generator.random((200, 5))
    booster = lgb.train(
        {"objective": "binary", "verbosity": -1, "num_threads": 1},
        lgb.Dataset(matrix, (matrix[:, 0] > 0.5).astype(float)),
        num_boost_round=3,
    )
    load = own_time(booster, matrix, seconds=0.0)
    assert 0 < load.p50 == load.p99
    assert load.rate <= 1000 / load.p50  # calls and what is between them take at least the calls' time
