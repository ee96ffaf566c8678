"""Large requests: rows a second, and multiples of the booster's own time."""

import lightgbm as lgb
import numpy as np

from benchmarks.load.closed_loop import Load
from benchmarks.serving.batches import (
    BOOSTER,
    NONE,
    ONE_THREAD,
    PARQUET_FORM,
    REFUSED,
    SPLIT,
    batches_table,
    forms_table,
    goals,
    own_time,
)

LOADS = {
    (1, NONE): Load(0.5, 1, 2000), (1, REFUSED): Load(2, 3, 500), (1, BOOSTER): Load(0.04, 0.1, 20_000),
    (1_000, NONE): Load(100, 120, 10), (1_000, REFUSED): Load(800, 900, 1.25), (1_000, BOOSTER): Load(40, 45, 25),
    (SPLIT, NONE): Load(120, 130, 8), (SPLIT, REFUSED): Load(132, 140, 7),
    (1_000, NONE + ONE_THREAD): Load(120, 140, 8), (1_000, REFUSED + ONE_THREAD): Load(132, 150, 7),
    (SPLIT, NONE + ONE_THREAD): Load(140, 150, 7), (SPLIT, REFUSED + ONE_THREAD): Load(154, 160, 6),
    (PARQUET_FORM, NONE): Load(60, 70, 16), (PARQUET_FORM, REFUSED): Load(66, 77, 15),
    (PARQUET_FORM, NONE + ONE_THREAD): Load(100, 110, 10), (PARQUET_FORM, REFUSED + ONE_THREAD): Load(130, 140, 7),
}  # fmt: skip


def test_rows_a_second_are_those_of_all_answers_and_time_is_a_multiple_of_the_boosters():
    # Ten answers of 1,000 rows a second are 10,000 rows; 100 ms are 2.5 times 40 ms.
    table = batches_table(LOADS)
    assert table.rows == [
        ["1", "0.040", "0.500", "2000", "12.5 x", "2.00", "500", "50.0 x"],
        ["1,000", "40.0", "100", "10000", "2.50 x", "800", "1250", "20.0 x"],
    ]
    assert len(table.header) == len(table.rows[0])


def test_each_form_of_the_most_rows_is_a_multiple_of_the_boosters_time_for_as_many():
    assert forms_table(LOADS).rows == [
        ["inputs", "none", "100", "10000", "2.50 x"],
        ["inputs", "none, one thread", "120", "8000", "3.00 x"],
        ["inputs", "refused", "800", "1250", "20.0 x"],
        ["inputs", "refused, one thread", "132", "7000", "3.30 x"],
        ["dataframe_split", "none", "120", "8000", "3.00 x"],
        ["dataframe_split", "none, one thread", "140", "7000", "3.50 x"],
        ["dataframe_split", "refused", "132", "7000", "3.30 x"],
        ["dataframe_split", "refused, one thread", "154", "6000", "3.85 x"],
        ["Parquet", "none", "60.0", "16000", "1.50 x"],
        ["Parquet", "none, one thread", "100", "10000", "2.50 x"],
        ["Parquet", "refused", "66.0", "15000", "1.65 x"],
        ["Parquet", "refused, one thread", "130", "7000", "3.25 x"],
    ]


def test_the_goals_are_of_each_form_and_of_its_reasons():
    inputs, split, parquet, reasons = map(str, goals(LOADS))

    assert inputs.endswith("at most 5 times; holds: 2.50 reasons none, 3.00 reasons none, one thread")
    assert split.endswith("at most 2.5 times; missed: 3.00 reasons none, 3.50 reasons none, one thread")
    assert parquet.endswith("at most 2 times; missed: 2.50 reasons none, one thread; holds: 1.50 reasons none")
    assert "; missed: 8.00 as inputs, 1.30 as Parquet, one thread; holds: 1.10 as inputs, one thread, " in reasons
    assert reasons.endswith(", 1.10 as dataframe_split, 1.10 as dataframe_split, one thread, 1.10 as Parquet")


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
