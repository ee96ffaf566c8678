"""A decision in words and steps."""

from math import log

import pytest

from desk.decide.answer import MOST_STEPS, steps_of, tell
from desk.decide.changes import changes, value_words
from desk.language.localized import Localized

LATE = "The score from the second credit reference agency is low"


def decided(probability=0.13, decision="refused", topics=(), reasons=()):
    explanation = {"expected_log_odds": log(0.08 / 0.92), "topics": list(topics)}
    return {
        "decision": decision,
        "probability_of_default": probability,
        "threshold": 1 / 11,
        "reasons": list(reasons),
        "explanation": explanation,
    }


def reason(code, text=LATE):
    return {"code": code, "feature": "EXT_SOURCE_2", "text": text, "contribution": 1.0}


def test_matters_beyond_the_largest_are_one_step_so_that_the_steps_add_up():
    topics = [{"code": f"T{place}", "contribution": 1.0 - 0.1 * place} for place in range(MOST_STEPS + 3)]

    start, steps = steps_of(decided(topics=topics), "en")

    assert len(steps) == MOST_STEPS + 1
    assert sum(step.contribution for step in steps) == pytest.approx(sum(each["contribution"] for each in topics))
    assert start == pytest.approx(log(0.08 / 0.92))


def test_a_topic_is_told_by_its_reason_in_the_persons_language_else_by_its_name():
    topics = [{"code": "EXTERNAL_SCORE", "contribution": 1.0}, {"code": "HOUSING", "contribution": -0.5}]

    _, steps = steps_of(decided(topics=topics, reasons=[reason("EXTERNAL_SCORE")]), "fr")

    assert steps[0].lang == "fr"
    assert steps[0].words != LATE
    assert (steps[1].words, steps[1].lang) == ("Logement", "fr")


def test_a_reason_that_nobody_translated_keeps_its_language():
    told = tell(decided(reasons=[reason("INCOME", "The lender's own words")]), "fr")

    assert [(each.text, each.lang) for each in told.reasons] == [("The lender's own words", "en")]


def test_a_version_without_explanations_has_no_waterfall():
    decision = decided()
    del decision["explanation"]

    assert tell(decision, "en").waterfall is None


def test_changes_are_the_fields_that_differ_and_the_reasons_that_came_and_went(version, today):
    before = ({"AMT_CREDIT": 100_000.0, "FLAG_PHONE": None}, decided(reasons=[reason("EXTERNAL_SCORE")]))
    after = ({"AMT_CREDIT": 90_000.0, "FLAG_PHONE": 1.0}, decided(0.08, "granted"))

    found = changes(version, before, after, "en", today)

    assert [(each.before, each.after) for each in found.fields] == [("100,000", "90,000"), ("", "yes")]
    assert found.gone == [Localized(LATE, "en")]
    assert found.new == []
    assert not found.is_loan_alone


def test_days_before_the_application_are_read_as_a_day_and_no_job_as_its_number(version, today):
    words = [value_words(version, "DAYS_EMPLOYED", value, "en", today) for value in (-31, 365243, None)]

    assert words == ["28 February 2026", "365,243", ""]
