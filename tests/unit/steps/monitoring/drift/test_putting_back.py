"""A field put back has the reference's distribution, by as few changes as that takes."""

import numpy as np
import pytest

from steps.monitoring.drift.putting_back import put_back
from steps.monitoring.drift.sampled import Sampled
from steps.quality.stability import index_of
from tests.unit.steps.monitoring.windows import counts_of, people, reference_of, sample_of

REFERENCE = reference_of(people(20_000, seed=1))
WINDOW = people(1_000, seed=2)


def back(name, values=None, seed=0):
    """The values as they are, and put back."""
    window = people(1_000, seed=2, **({} if values is None else {name: values}))
    generator = np.random.default_rng(seed)
    sampled = Sampled(sample_of(window))
    field = REFERENCE.fields[name]
    found = put_back(sampled, name, field, generator.random(len(sampled)), generator)
    kind = float if field.bins.is_number else object
    return window.columns[name], np.array([np.nan if each is None and kind is float else each for each in found], kind)


def distance(name, values):
    field = REFERENCE.fields[name]
    return index_of(field.counts, counts_of(values, field.bins))


@pytest.mark.parametrize("name", ["AMOUNT", "CHILDREN", "BUREAU_DEBT", "KIND"])
def test_a_field_put_back_is_distributed_as_in_the_reference(name):
    drifted = {
        "AMOUNT": WINDOW.columns["AMOUNT"] * 1.5,
        "CHILDREN": WINDOW.columns["CHILDREN"] + 1,
        "BUREAU_DEBT": np.where(np.arange(1_000) < 700, np.nan, WINDOW.columns["BUREAU_DEBT"] * 2),
        "KIND": np.where(np.arange(1_000) < 500, "boat", WINDOW.columns["KIND"]).astype(object),
    }[name]

    before, after = back(name, drifted)

    assert distance(name, before) > 0.2
    assert distance(name, after) < 0.01


def test_a_number_put_back_keeps_its_rank():
    before, after = back("AMOUNT", WINDOW.columns["AMOUNT"] * 1.5)

    ranked = after[np.argsort(before)]
    assert (np.diff(ranked) >= -1e-9).all()
    # The reference's median is that of exp(N(0, 0.67)) in units of 200,000.
    assert np.median(after) == pytest.approx(200_000, rel=0.05)


def test_values_a_thousand_times_too_large_come_back_into_the_range():
    field = REFERENCE.fields["AMOUNT"]

    _, after = back("AMOUNT", WINDOW.columns["AMOUNT"] * 1_000)

    assert after.min() >= field.least
    assert after.max() <= field.greatest


def test_whole_numbers_stay_whole():
    _, after = back("CHILDREN", WINDOW.columns["CHILDREN"] * 3)

    assert (after == np.round(after)).all()
    assert (after == 0).mean() == pytest.approx((people(20_000, seed=1).columns["CHILDREN"] == 0).mean(), abs=0.01)


def test_a_field_that_did_not_drift_changes_little():
    before, after = back("KIND")

    # In 1,000 requests chance alone moves a level of 70 % by some 15.
    assert (before != after).mean() < 0.05
    before, after = back("AMOUNT")
    assert np.abs(after / before - 1).mean() < 0.1


def test_missing_values_beyond_the_references_share_get_values_and_no_others_do():
    gone = np.where(np.arange(1_000) < 700, np.nan, WINDOW.columns["BUREAU_DEBT"])

    before, after = back("BUREAU_DEBT", gone)

    assert np.isnan(after).mean() == pytest.approx(0.33, abs=0.01)
    assert not np.isnan(after[~np.isnan(before)]).any()


def test_values_beyond_the_references_share_become_missing():
    before, after = back("BUREAU_DEBT", np.where(np.isnan(WINDOW.columns["BUREAU_DEBT"]), 1.0, 2.0))

    assert np.isnan(before).sum() == 0
    assert np.isnan(after).mean() == pytest.approx(0.33, abs=0.01)


def test_a_field_missing_everywhere_is_drawn_from_the_reference():
    _, after = back("BUREAU_DEBT", np.full(1_000, np.nan))

    assert np.isnan(after).mean() == pytest.approx(0.33, abs=0.01)
    assert distance("BUREAU_DEBT", after) < 0.1  # 670 values by chance in 20 bins: 31 / 670 = 0.05 in 95 of 100


def test_the_fields_of_a_table_come_back_to_the_same_clients():
    sampled = Sampled(sample_of(people(1_000, seed=2, BUREAU_DEBT=np.full(1_000, np.nan))))
    turns = np.random.default_rng(0).random(len(sampled))
    field = REFERENCE.fields["BUREAU_DEBT"]

    one, other = (put_back(sampled, "BUREAU_DEBT", field, turns, np.random.default_rng(seed)) for seed in (1, 2))

    assert [each is None for each in one] == [each is None for each in other]
    assert one != other


def test_the_same_seed_puts_back_the_same():
    values = WINDOW.columns["AMOUNT"] * 1.5

    assert (back("AMOUNT", values, seed=3)[1] == back("AMOUNT", values, seed=3)[1]).all()
