"""The holdout: the latest clients, or the same ones in every table."""

import numpy as np
import pandas as pd
import pytest

from steps.run.console import UserError
from steps.tables.feature_table import FeatureTable
from steps.training.holdout import held_out, in_words, is_holdout, report_holdout
from tests.unit.steps.lender import lender_table

IDS = pd.Series(range(100_000, 120_000))


def test_a_fifth_of_the_clients_is_held_out():
    # 20,000 draws of 0.2: four standard deviations are 0.011.
    assert is_holdout(IDS, 20).mean() == pytest.approx(0.2, abs=0.012)


def test_a_client_stays_on_its_side_when_the_table_grows_or_is_shuffled():
    on_holdout = dict(zip(IDS, is_holdout(IDS, 20), strict=True))
    shuffled = pd.concat([IDS, pd.Series(range(500_000, 510_000))]).sample(frac=1, random_state=0)

    later = dict(zip(shuffled, is_holdout(shuffled, 20), strict=True))

    assert all(later[client] == side for client, side in on_holdout.items())


def test_an_id_is_on_the_same_side_as_number_and_as_text():
    assert (is_holdout(IDS, 20) == is_holdout(IDS.astype(str), 20)).all()


def test_a_larger_holdout_holds_the_smaller_one():
    smaller, larger = is_holdout(IDS, 20), is_holdout(IDS, 30)

    assert (larger | ~smaller).all()
    assert larger.sum() > smaller.sum()


def test_neighbouring_ids_are_held_out_independently():
    on_holdout = is_holdout(IDS, 50).astype(float)

    assert abs(np.corrcoef(on_holdout[:-1], on_holdout[1:])[0, 1]) < 0.03


def test_the_clients_held_out_are_those_of_every_release():
    # Another hash or key would let new models train on the holdout of old ones.
    assert IDS[is_holdout(IDS, 20)].head(3).tolist() == [100_003, 100_006, 100_011]


def test_nobody_is_held_out_of_an_empty_table():
    assert is_holdout(pd.Series([], dtype=int), 20).tolist() == []


def dated(days: list[float]) -> FeatureTable:
    table = lender_table(len(days), applied=np.array(days, float))
    lineage = table.lineage.model_copy(update={"date": "applied"})
    return FeatureTable(table.frame, lineage, table.path)


def test_the_latest_fifth_of_a_table_with_dates_is_held_out_whatever_the_order_of_its_rows():
    days = np.random.default_rng(1).permutation(1_000).astype(float)

    held = held_out(dated(days.tolist()), 20)

    assert held.sum() == 200
    assert days[held].min() > days[~held].max()


@pytest.mark.parametrize(
    ("days", "from_day"),
    [
        ([1, 2, 3, 4, 5], 5),  # a fifth each: the last
        ([1, 1, 1, 2, 2], 2),  # 40 % rather than none
        ([1, 2, 2, 2, 2], 2),  # 80 %: the first day is never held out
        ([1] * 70 + [2] * 12 + [3] * 18, 3),  # 18 % are nearer to a fifth than 30 %
        ([1] * 70 + [2] * 18 + [3] * 3, 2),  # 21 % than 3 %
    ],
)
def test_a_day_is_never_divided_and_the_share_is_the_nearest_to_a_fifth(days, from_day):
    assert (held_out(dated(days), 20) == (np.array(days) >= from_day)).all()


def test_a_client_without_a_date_is_none_of_the_latest_and_is_said():
    table = dated([1, np.nan, 3, 4, 5, 6])

    held = held_out(table, 20)

    assert held.tolist() == [False, False, False, False, False, True]
    assert (
        in_words(table, held) == "the latest 17% by applied, from 1970-01-07 on; 1 client without a date not among them"
    )


def test_a_single_day_is_no_holdout_out_of_time():
    with pytest.raises(UserError, match="applied is the same in every row"):
        held_out(dated([5, 5, np.nan]), 20)


def test_a_table_without_dates_is_held_out_by_the_ids(capsys):
    table = lender_table(5_000)
    held = held_out(table, 20)

    report_holdout(table, held)

    assert (held == is_holdout(table.frame["client"], 20)).all()
    assert in_words(table, held) == f"{held.mean():.0%} of the clients, by a hash of the id"
    assert capsys.readouterr().out == ""


def test_the_date_is_no_field_of_an_application():
    assert "applied" not in dated([1, 2, 3]).applications


def test_who_is_held_out_by_date_is_on_the_console(capsys):
    table = dated([17_318, 17_319, 17_320, 17_321, 17_322])

    report_holdout(table, held_out(table, 20))

    assert capsys.readouterr().out == "  held out: the latest 20% by applied, from 2017-06-05 on\n"
