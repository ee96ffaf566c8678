"""Which outcomes are final."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from steps.monitoring.outcomes.labels import labels_of
from steps.monitoring.outcomes.loans import loans_of
from steps.monitoring.outcomes.matching import matched
from steps.monitoring.outcomes.maturity import matured
from steps.traffic.comparison import REFERRED
from tests.unit.steps.monitoring.decided_windows import window

NOW = datetime(2027, 6, 1, tzinfo=UTC)


def final(decided_at, dates, defaults, months=12, outcome=None):
    """Final outcomes of loans decided and seen on these days."""
    observed = window(np.full(len(dates), 0.05), decided_at=decided_at, outcome=outcome)
    table = pd.DataFrame({"decision_id": observed.decision_ids, "date": dates, "default": defaults})
    loans = loans_of(observed)
    return matured(matched(labels_of(table), observed, loans.granted, NOW), observed.decided_at, loans, months, NOW)


def values(found):
    return [None if np.isnan(each) else int(each) for each in found.default]


def test_a_loan_is_good_only_once_it_was_seen_a_horizon_after_its_decision():
    found = final(
        ["2026-01-01"] * 4,
        ["2027-01-01", "2026-12-31", "2026-12-31", "2027-02-01"],
        [0, 0, 1, 0],
    )

    assert values(found) == [0, None, 1, 0]  # the second was last seen a day before its twelve months
    assert found.early.tolist() == [False, True, False, False]
    assert (found.figures.counted, found.figures.early, found.figures.young) == (3, 1, 0)


def test_loans_too_young_for_a_good_end_are_not_counted_with_their_defaults_either():
    found = final(["2026-01-01", "2026-03-01", "2026-03-01"], ["2027-01-15", "2026-09-01", "2027-01-15"], [0, 1, 0])

    # The file knows the time up to 2027-01-15: a loan of March may still default within its twelve months.
    assert found.figures.as_of == "2027-01-15"
    assert values(found) == [0, None, None]
    assert found.figures.young == 2


def test_a_default_after_the_horizon_is_a_good_loan_of_the_horizon():
    found = final(["2025-01-01", "2025-01-01"], ["2026-01-01", "2026-01-02"], [1, 1])

    assert values(found) == [1, 0]
    assert found.figures.later_defaults == 1
    assert not found.figures.has_defaults_alone


def test_labels_without_dates_are_final_for_loans_that_are_old_enough_by_now():
    found = final(["2026-05-31", "2026-06-02", "2026-01-01"], [None] * 3, [0, 0, 1])

    assert values(found) == [0, None, 1]
    assert (found.figures.as_of, found.figures.young) == ("2027-06-01", 1)


@pytest.mark.parametrize("dates", [[None] * 2, ["2026-08-01", "2026-09-01"]])
def test_without_any_loan_old_enough_what_is_known_so_far_is_provisional(dates):
    found = final(["2026-07-01"] * 2, dates, [0, 1])

    assert values(found) == [0, 1]
    assert found.figures.is_provisional
    assert not found.figures.can_be_tested
    assert found.is_old.all()
    assert found.figures.paragraphs[0].is_warning
    assert found.figures.paragraphs[0].text.startswith("Provisional: no loan with an outcome is 12 months old")


def test_the_horizon_is_the_policys():
    assert values(final(["2026-01-01"], ["2026-04-15"], [0], months=3)) == [0]
    assert final(["2026-01-01"], ["2026-04-15"], [0], months=12).figures.is_provisional


def test_a_file_of_defaults_alone_tells_no_rate():
    found = final(["2026-01-01"] * 2, ["2026-06-01", "2027-02-01"], [1, 1], months=6)

    assert found.figures.has_defaults_alone is False  # the second defaulted after six months: it was good for so long
    found = final(["2026-01-01"] * 2, ["2026-05-01", "2026-06-01"], [1, 1], months=3)
    assert found.figures.counted == 2
    found = final(["2026-01-01"] * 2, [None, None], [1, 1])
    assert found.figures.has_defaults_alone
    assert not found.figures.can_be_tested
    assert "the file seems to name defaults alone" in found.figures.paragraphs[0].text


def test_what_is_no_loan_and_what_has_no_label_is_not_counted():
    observed = window([0.05, 0.05, 0.5], decided_at=["2026-01-01"] * 3, outcome=[0, REFERRED, 1])
    loans = loans_of(observed)
    labels = labels_of(pd.DataFrame({"decision_id": ["d1", "d2"], "default": [1, 0]}))

    found = matured(matched(labels, observed, loans.granted, NOW), observed.decided_at, loans, 12, NOW)

    assert values(found) == [None] * 3
    assert (found.figures.loans, found.figures.unlabelled, found.figures.is_provisional) == (1, 1, False)


def test_a_loan_is_one_by_the_model_or_by_a_persons_last_answer():
    observed = window([0.05, 0.05, 0.5, 0.5], outcome=[0, 0, 1, REFERRED])

    loans = loans_of(observed, {"d1": "refused", "d2": "granted", "d3": "granted"})

    assert loans.granted.tolist() == [True, False, True, True]
    assert loans.by_model.tolist() == [True, False, False, False]
    assert loans_of(observed).granted.tolist() == [True, True, False, False]
