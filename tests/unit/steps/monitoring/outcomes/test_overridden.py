"""Decisions that people answered."""

from contextlib import closing
from datetime import UTC, datetime

import numpy as np
import pytest
from sqlalchemy import make_url

from custom_model.decision_log import DecisionLog
from custom_model.decision_log.reader import Records
from custom_model.identifiers import uuid7
from steps.monitoring.outcomes.overridden import answers_of, overridden
from steps.traffic.comparison import REFERRED
from steps.traffic.recorded import Span
from tests.unit.steps.monitoring.outcomes.outcomes_of_loans import loans_with_outcomes, table_of, texts


def counted(probability, default, final, **changes):
    observed, loans, matured = loans_with_outcomes(probability, default, final, **changes)
    return overridden(observed, final, loans, matured)


def test_answers_are_counted_by_what_the_model_decided():
    final = {"d0": "refused", "d1": "granted", "d2": "granted", "d3": "granted", "elsewhere": "granted"}

    found = counted([0.05, 0.05, 0.5, 0.2, 0.5], np.full(5, np.nan), final, outcome=[0, 0, 1, REFERRED, 1])

    assert found.answers == 4
    assert found.changed == {
        "granted": {"granted": 1, "refused": 1},
        "refused": {"granted": 1, "refused": 0},
        "referred": {"granted": 1, "refused": 0},
    }
    assert table_of(found)[0] == ["granted", "1", "1"]


def test_loans_of_people_have_their_own_defaults_against_those_expected():
    """30 refused at 0.2 whom people granted: 3 defaulted, where 6 were expected."""
    probability = np.repeat([0.05, 0.2], [70, 30])
    default = np.where(np.arange(100) >= 97, 1, 0)

    found = counted(probability, default, {f"d{each}": "granted" for each in range(70, 100)})

    assert (found.loans, found.defaults, found.expected) == (30, 3, pytest.approx(6))
    assert found.ratio.value == pytest.approx(0.5)
    assert "3 defaults, 0.50 (0.10 to 1.46) times those that the model expected" in texts(found)[0]


def test_defaults_of_fewer_than_twenty_loans_are_not_shown():
    found = counted(np.full(19, 0.2), np.arange(19) < 9, {f"d{each}": "granted" for each in range(19)})

    assert (found.loans, found.defaults, found.ratio.value) == (19, None, None)


def test_an_export_and_a_log_without_answers_say_so():
    assert texts(counted([0.05], [0], None))[0].startswith("An export of decisions has no answers of people")
    assert texts(counted([0.05], [0], {})) == ["No person answered any decision of the window."]


def on_record(model_name):
    """A referral of this model."""
    return {
        "decision_id": str(uuid7()),
        "decided_at": datetime.now(UTC),
        "client_id": "100002",
        "model_name": model_name,
        "model_version": "1",
        "model_run": None,
        "contract": "c0ffee",
        "threshold": 1 / 11,
        "threshold_source": "policy",
        "cost_false_negative": 10.0,
        "cost_false_positive": 1.0,
        "probability_of_default": 0.1,
        "decision": "referred",
        "reasons": "[]",
        "unknown_categories": "[]",
        "history": "none",
        "history_version": None,
        "fields": "{}",
        "history_fields": None,
        "latency_ms": 1.5,
        "erased_at": None,
    }


def test_answers_are_read_of_the_models_decisions_of_a_span(tmp_path):
    url = make_url(f"sqlite:///{tmp_path / 'log.db'}")
    ours, theirs, open_one = on_record("credit-scoring"), on_record("another"), on_record("credit-scoring")
    with closing(DecisionLog(url)) as log:
        log.submit([ours, theirs, open_one]).result(30)
    with closing(Records.open(url)) as records:
        for each in (ours, theirs):
            records.override(each["decision_id"], "granted", "checked", None, "maria")

        assert answers_of(records, Span("credit-scoring")) == {ours["decision_id"]: "granted"}
        assert answers_of(records, Span("credit-scoring", until=datetime(2020, 1, 1, tzinfo=UTC))) == {}
