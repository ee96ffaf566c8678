"""Labels matched to decisions exactly once."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from steps.monitoring.outcomes.labels import labels_of
from steps.monitoring.outcomes.matching import matched
from tests.unit.steps.monitoring.decided_windows import window

NOW = datetime(2027, 6, 1, tzinfo=UTC)
DAYS = ["2026-01-10T12:00", "2026-03-10T12:00", "2026-05-10T12:00", "2026-05-11T12:00"]


def labels(*rows):
    """Labels of rows (decision, client, date, default)."""
    return labels_of(pd.DataFrame(rows, columns=["decision_id", "client_id", "date", "default"]))


def two_loans_of_one_client():
    """Loans d0 in January and d1 in March, a refusal d2 in May, all of client A; a loan d3 of B in May."""
    return window([0.02, 0.03, 0.5, 0.04], decided_at=DAYS, client_ids=["A", "A", "A", "B"])


def match(*rows, observed=None, loans=None):
    observed = two_loans_of_one_client() if observed is None else observed
    return matched(labels(*rows), observed, observed.decided.granted if loans is None else loans, NOW)


def outcomes(found):
    return [None if np.isnan(each) else int(each) for each in found.default]


def test_a_decisions_own_label_is_of_no_other_decision():
    found = match(("d1", None, "2026-09-01", 1))

    assert outcomes(found) == [None, 1, None, None]
    assert found.day[1] == np.datetime64("2026-09-01")
    assert (found.figures.labelled, found.figures.loans, found.figures.loans_labelled) == (1, 3, 1)


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2026-02-01", [1, None, None, None]),  # before the loan of March
        ("2026-03-09", [1, None, None, None]),
        ("2026-03-10", [None, 1, None, None]),  # the day of it
        ("2027-01-01", [None, 1, None, None]),  # the refusal of May is no loan
        (None, [None, 1, None, None]),
    ],
)
def test_a_clients_label_is_of_the_last_loan_decided_before_it(date, expected):
    found = match((None, "A", date, 1))

    assert outcomes(found) == expected


def test_two_loans_of_a_client_have_each_their_own_labels():
    found = match((None, "A", "2026-02-10", 0), (None, "A", "2026-08-10", 1), (None, "B", "2026-08-10", 0))

    assert outcomes(found) == [0, 1, None, 0]
    assert found.figures.more_looks == found.figures.contradicting == found.figures.defaulted_later == 0


def test_of_two_loans_on_one_day_the_later_has_the_label():
    observed = window([0.02, 0.03], decided_at=["2026-01-10T09:00", "2026-01-10T10:00"], client_ids=["A", "A"])

    assert outcomes(match((None, "A", "2026-02-01", 1), observed=observed)) == [None, 1]


def test_the_same_label_twice_counts_once_by_whichever_id():
    found = match(
        ("d3", None, "2026-09-01", 1), ("d3", None, "2026-09-01", 1), (None, "B", "2026-09-01", 1),
        ("d3", "B", "2026-09-01", 1),
    )  # fmt: skip

    assert outcomes(found) == [None, None, None, 1]
    assert (found.figures.labelled, found.figures.repeated) == (1, 3)


def test_a_default_after_a_look_without_one_is_a_default_of_its_day():
    found = match(("d3", None, "2026-07-01", 0), ("d3", None, "2026-09-01", 1))

    assert outcomes(found)[3] == 1
    assert found.day[3] == np.datetime64("2026-09-01")
    assert (found.figures.defaulted_later, found.figures.contradicting, found.figures.more_looks) == (1, 0, 1)


@pytest.mark.parametrize(
    ("bad", "good"),
    [("2026-07-01", "2026-09-01"), ("2026-07-01", "2026-07-01"), (None, "2026-07-01"), ("2026-07-01", None),
     (None, None)],
)  # fmt: skip
@pytest.mark.parametrize("order", [1, -1])
def test_a_default_stays_whatever_contradicts_it(bad, good, order):
    found = match(*[("d3", None, bad, 1), ("d3", None, good, 0)][::order])

    assert outcomes(found)[3] == 1
    assert str(found.day[3]) == (bad or "NaT")
    assert (found.figures.contradicting, found.figures.defaulted_later) == (1, 0)


def test_of_several_looks_the_last_counts_and_of_several_defaults_the_first():
    found = match(
        ("d3", None, "2026-09-01", 0), ("d3", None, "2026-08-01", 0), ("d3", None, None, 0),
        ("d1", None, "2026-09-01", 1), ("d1", None, "2026-08-01", 1), ("d1", None, None, 1),
    )  # fmt: skip

    assert found.day[[1, 3]].astype(str).tolist() == ["2026-08-01", "2026-09-01"]
    assert (found.figures.labelled, found.figures.more_looks, found.figures.contradicting) == (2, 4, 0)


def test_labels_from_before_the_decision_are_not_used():
    found = match(("d3", None, "2026-05-10", 1), (None, "A", "2026-01-09", 1))

    assert outcomes(found) == [None] * 4
    assert found.figures.before_decision == 2


def test_days_to_come_count_as_today():
    found = match(("d3", None, "2099-01-01", 0))

    assert found.day[3] == found.last == np.datetime64("2027-06-01")
    assert found.figures.of_future == 1


def test_labels_of_nobody_on_record_are_counted():
    found = match(("elsewhere", None, None, 1), ("elsewhere", "A", None, 1), (None, "elsewhere", None, 1))

    assert outcomes(found) == [None] * 4
    assert found.figures.unknown == 3
    assert found.last is None


def test_a_decisions_label_with_another_client_is_of_neither():
    found = match(("d3", "A", None, 1), ("d0", "elsewhere", None, 0), ("d1", "A", None, 0))

    assert outcomes(found) == [None, 0, None, None]
    assert found.figures.other_client == 2


def test_outcomes_of_refused_decisions_come_by_the_decisions_id_alone():
    observed = window([0.5, 0.6], client_ids=["A", "B"])

    found = match(("d0", None, None, 1), (None, "B", None, 1), observed=observed)

    assert outcomes(found) == [1, None]
    assert (found.figures.without_loan, found.figures.other_loans, found.figures.loans_labelled) == (1, 1, 0)


def test_a_loan_that_a_person_granted_is_one():
    observed = window([0.5, 0.6], client_ids=["A", "B"])

    assert outcomes(match((None, "B", None, 1), observed=observed, loans=np.array([False, True]))) == [None, 1]


def test_decisions_without_a_client_are_matched_by_their_ids():
    observed = window([0.02, 0.03], client_ids=[None, None])

    found = match(("d0", "A", None, 1), (None, "A", None, 1), observed=observed)

    assert outcomes(found) == [1, None]
    assert (found.figures.unknown, found.figures.other_client) == (1, 0)


def test_an_empty_window_and_an_empty_file_match_nothing():
    assert match(("d0", None, None, 1), (None, "A", None, 0), observed=window([])).figures.unknown == 2
    assert matched(labels(), two_loans_of_one_client(), np.ones(4, bool), NOW).figures.labelled == 0


def random_file(generator, size, decisions):
    day = np.datetime64("2025-12-25") + generator.integers(0, 500, size)
    table = pd.DataFrame(
        {
            "decision_id": [f"d{each}" for each in generator.integers(0, 2 * decisions, size)],
            "client_id": [f"c{each}" for each in generator.integers(0, decisions, size)],
            "date": generator.choice([*day.astype(str), *[""] * 300], size),
            "default": generator.choice([0, 1, 2, None], size, p=[0.7, 0.2, 0.05, 0.05]),
        }
    )
    table.loc[:20, "date"] = "January"
    table["date"] = table["date"].replace("", None)
    table.loc[generator.random(size) < 0.6, "decision_id"] = None
    table.loc[generator.random(size) < 0.4, "client_id"] = None
    return table


@pytest.mark.parametrize("seed", range(5))
def test_every_row_has_one_fate_and_the_order_of_the_rows_has_none(seed):
    generator = np.random.default_rng(seed)
    clients = [f"c{each}" for each in generator.integers(0, 60, 100)]
    observed = window(generator.uniform(0, 0.15, 100), client_ids=clients)
    table = random_file(generator, 1_000, 100)

    found = matched(labels_of(table), observed, observed.decided.granted, NOW)
    shuffled = matched(labels_of(table.sample(frac=1, random_state=seed)), observed, observed.decided.granted, NOW)

    figures = found.figures
    fates = (
        figures.unknown, figures.other_client, figures.before_decision, figures.without_loan, figures.repeated,
        figures.more_looks, figures.labelled, *figures.unread.model_dump().values(),
    )  # fmt: skip
    assert sum(fates) == figures.rows == 1_000
    assert all(each > 0 for each in fates)
    assert figures.labelled == found.known.sum()
    assert shuffled.figures == figures
    np.testing.assert_array_equal(shuffled.default, found.default)
    np.testing.assert_array_equal(shuffled.day, found.day)


def test_the_page_states_each_number_with_its_rule_and_no_id():
    found = match(("d3", None, "2026-07-01", 1), ("d3", None, "2026-07-01", 0), ("secret-id", None, None, 1))

    shown = found.figures.shown()
    table = {row[0]: row[1:] for block in shown.blocks if block.kind == "table" for row in block.rows}
    assert table["loans: a default, and none at the same time, later or undated"] == ["1", "the default stays"]
    assert table["an id that no decision of the window has"] == ["1", "not used"]
    assert shown.blocks[0].text == ("Of 3 loans in the window 1 have an outcome, all with its date: 1 default.")
    assert "secret-id" not in repr(shown)
    assert "d3" not in found.figures.model_dump_json()
