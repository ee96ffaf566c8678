"""Broken feeds: each is named with what to do, and no window of the same population has one."""

from dataclasses import replace

import numpy as np
import pytest

from steps.monitoring.drift.comparisons import compare
from steps.monitoring.drift.feeds import feeds, silent_tables, table_of
from steps.monitoring.report.feeds import Feeds
from steps.run.monitoring_limits import MonitoringLimits
from steps.tables.recipes import RECIPES
from tests.unit.steps.monitoring.windows import People, drift, observed_of, people, reference_of

LIMITS = MonitoringLimits()


def with_history(rows: int, seed: int, **changed: np.ndarray) -> People:
    """Clients with two fields of a history table that a tenth and a half of them have."""
    generator = np.random.default_rng(seed + 1_000)
    columns = {
        name: np.where(generator.random(rows) < share, generator.exponential(30, rows), np.nan)
        for name, share in zip(names(), (0.1, 0.5), strict=True)
    }
    return people(rows, seed, **{**columns, **changed})


def names():
    return [name for name, table in table_of().items() if table == "bureau"][:2]


CLIENTS = with_history(20_000, seed=1)
REFERENCE = reference_of(CLIENTS)


def broken(requests, **changed):
    return feeds(REFERENCE, observed_of(REFERENCE, requests, **changed), LIMITS, repeats_raised=False)


@pytest.mark.parametrize("rows", [100, 1_000])
@pytest.mark.parametrize("seed", range(10))
def test_a_window_of_the_same_population_has_no_broken_feed(rows, seed):
    found = broken(with_history(rows, seed=100 + seed))

    assert found.broken == []
    assert not any(block.is_warning for block in found.shown().blocks)


def test_every_history_feature_has_its_table():
    assert set(table_of().values()) == set(RECIPES)


@pytest.mark.parametrize("factor", [10, 100, 1_000, 12, 1 / 1_000, 365.25, -1, -1 / 365.25])
def test_a_change_of_unit_is_named_with_its_factor(factor):
    window = with_history(1_000, seed=2)
    changed = with_history(1_000, seed=2, AMOUNT=window.columns["AMOUNT"] * factor)

    (alarm,) = broken(changed).broken

    size = f"{abs(factor):,.6g}" if abs(factor) >= 1 else f"1/{1 / abs(factor):,.6g}"
    assert f"[AMOUNT] comes multiplied by {'-' if factor < 0 else ''}{size}:" in alarm.sentence


def test_a_change_of_unit_of_a_count_of_many_zeros_is_found_by_its_range():
    # Two of three clients have no children, and their number knows two bins: thousands are beyond the greatest number.
    window = with_history(1_000, seed=2)

    (alarm,) = broken(with_history(1_000, seed=2, CHILDREN=window.columns["CHILDREN"] * 1_000)).broken

    assert "[CHILDREN] comes multiplied by 1,000:" in alarm.sentence


@pytest.mark.parametrize("shift", [0.5, 1.0, 2.0])
def test_a_drift_is_no_change_of_unit(shift):
    window = with_history(1_000, seed=2)
    drifted = with_history(1_000, seed=2, AMOUNT=window.columns["AMOUNT"] * np.exp(shift * 0.67))

    assert broken(drifted).broken == []


def test_an_empty_history_table_is_one_alarm():
    empty = np.full(1_000, np.nan)
    window = with_history(1_000, seed=2, **dict.fromkeys(names(), empty), BUREAU_DEBT=np.ones(1_000))

    (alarm,) = [each for each in broken(window).broken if "history table" in each.sentence]

    assert "bureau is empty: all 2 fields" in alarm.sentence
    assert "publish" in alarm.action
    assert silent_tables(REFERENCE, observed_of(REFERENCE, window)) == {"bureau": names()}


def test_a_table_that_few_clients_have_may_be_empty_in_a_small_window():
    # Among 20 requests, (1/2)^20 of the windows lack the table, about one in a million; among 100 it is a broken feed.
    empty = np.full(20, np.nan)
    window = observed_of(REFERENCE, with_history(20, seed=2, **dict.fromkeys(names(), empty)))

    found = feeds(REFERENCE, window, LIMITS.model_copy(update={"least_decisions": 10}), repeats_raised=False)

    expected = 0.5**20 < 1e-6
    assert bool(found.broken) == expected


def test_history_that_never_comes_is_one_alarm():
    empty = np.full(1_000, np.nan)
    window = with_history(1_000, seed=2, **dict.fromkeys(names(), empty))

    (alarm,) = broken(window, history=np.array(["none"] * 1_000, object)).broken

    assert "No request of the window comes with history" in alarm.sentence
    assert "HISTORY_STORE_URI" in alarm.action


def test_a_field_always_missing_and_a_constant_one_are_named():
    window = with_history(1_000, seed=2, AMOUNT=np.full(1_000, 5_000.0), KIND=np.array([None] * 1_000, object))

    missing, constant = broken(window).broken

    assert "1 field missing in every request" in missing.sentence
    assert "[KIND]" in missing.sentence
    assert "[AMOUNT]" in constant.sentence


def test_a_field_that_is_nearly_constant_in_the_reference_may_be_constant():
    # Of 70 % "cash", 20 in a row are common enough, 0.7^20 = 0.0008; of 1,000, 0.7^1000 is none.
    same = np.array(["cash"] * 20, object)
    few = observed_of(REFERENCE, with_history(20, seed=2, KIND=same))

    assert feeds(REFERENCE, few, LIMITS.model_copy(update={"least_decisions": 10}), False).broken == []
    (alarm,) = broken(with_history(1_000, seed=2, KIND=np.array(["cash"] * 1_000, object))).broken
    assert "[KIND]" in alarm.sentence


@pytest.mark.parametrize(("repeated", "is_alarm"), [(0, False), (10, False), (15, False), (60, True)])
def test_a_file_sent_twice_is_an_alarm_beyond_doubt_only(repeated, is_alarm):
    # 1 % of 1,000 may be repeated: of 15 the binomial's tail is 0.08, of 60 it is 1e-26.
    repeats = np.arange(1_000) < repeated
    observed = observed_of(REFERENCE, with_history(1_000, seed=2), repeats=repeats)

    comparisons = compare(REFERENCE, observed, "1", LIMITS)

    raised = comparisons.repeats.p * len(comparisons.tests) < comparisons.level
    assert raised == is_alarm
    found = feeds(REFERENCE, observed, LIMITS, repeats_raised=raised)
    assert [each.sentence[:4] for each in found.broken] == (["6.0%"] if is_alarm else [])


def test_repeats_of_the_reference_are_tolerated():
    # A lender's few fields are alike by chance: 6 % of the reference's clients.
    reference = replace(REFERENCE, repeated=1_200)
    observed = observed_of(reference, with_history(1_000, seed=2), repeats=np.arange(1_000) < 60)

    assert compare(reference, observed, "1", LIMITS).repeats.p > 0.5


def test_unreadable_values_and_unknown_names_are_noted_printable():
    found = broken(with_history(1_000, seed=2), unreadable={"AMOUNT": 7}, unknown_fields={"x\x1b[2J" * 30: 20})

    assert found.broken == []
    assert "AMOUNT (7)" in found.notes[0]
    assert "\x1b" not in found.notes[1]
    assert len(found.notes[1]) < 400


def test_an_unknown_name_of_few_requests_is_not_shown_since_it_may_be_a_client():
    found = broken(with_history(1_000, seed=2), unknown_fields={"colour": 30, "client 100002": 1})

    assert found.notes == ["Names that the contract lacks, in requests: colour (30); others in fewer than 20 each"]


def test_few_requests_have_no_broken_feed_and_say_so():
    found = broken(with_history(99, seed=2, AMOUNT=np.ones(99)))

    assert found.broken == []
    assert "too few" in found.shown().blocks[0].text


def test_the_figures_are_plain_json():
    found = broken(with_history(1_000, seed=2, AMOUNT=np.ones(1_000)))

    assert Feeds.model_validate_json(found.model_dump_json()) == found


def test_a_broken_feed_drifts_too():
    observed = observed_of(REFERENCE, with_history(1_000, seed=2, AMOUNT=np.ones(1_000)))

    assert [each.name for each in drift(REFERENCE, observed, LIMITS, "1").drifted] == ["AMOUNT"]


def test_fields_of_an_empty_table_are_one_part_of_the_drift_and_come_after_the_others():
    empty = np.full(1_000, np.nan)
    amounts = with_history(1_000, seed=2).columns["AMOUNT"] * 1.5
    window = with_history(1_000, seed=2, **dict.fromkeys(names(), empty), AMOUNT=amounts)

    found = drift(REFERENCE, observed_of(REFERENCE, window), LIMITS, "1")

    assert [each.name for each in found.drifted] == ["AMOUNT", *reversed(names())]
    assert found.alarms[0].sentence == ("3 fields drift: Amount [AMOUNT]; 2 fields of the empty history table bureau")
