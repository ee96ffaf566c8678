"""Reasons: principal, actually scored, at most four, in words for a person."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_model.reasons import MAX_REASONS, Explainer
from custom_model.scorecard import ReasonText


def text(code: str, name: str = "It", typical: float = 10.0, **sentences: str) -> ReasonText:
    told = sentences or {"low": f"{name} is low", "high": f"{name} is high"}
    return ReasonText(code=code, below=typical, above=typical, **told)


SIX = Explainer({f"FEATURE_{code}": text(code) for code in "ABCDEF"})


def test_the_largest_contribution_comes_first_and_there_are_at_most_four_reasons():
    reasons = SIX.reasons(np.array([0.1, 0.6, 0.3, 0.5, 0.2, 0.4]), np.zeros(6))

    assert [reason["code"] for reason in reasons] == ["B", "D", "F", "C"]
    assert [reason["contribution"] for reason in reasons] == pytest.approx([0.6, 0.5, 0.4, 0.3])


def test_a_feature_that_lowered_the_risk_is_not_a_reason():
    reasons = SIX.reasons(np.array([0.1, -0.6, 0.0, -0.5, -0.2, -0.4]), np.zeros(6))

    assert [reason["feature"] for reason in reasons] == ["FEATURE_A"]


def test_without_a_feature_that_raised_the_risk_there_is_no_reason():
    assert SIX.reasons(np.full(6, -0.1), np.zeros(6)) == []


def test_features_with_one_code_are_summed_and_the_largest_words_the_reason():
    explainer = Explainer(
        {"SCORE_1": text("SCORE", "First"), "INCOME": text("INCOME"), "SCORE_2": text("SCORE", "Second")}
    )

    (score, income) = explainer.reasons(np.array([0.2, 0.4, 0.3]), np.array([1.0, 1.0, 1.0]))

    assert score == {
        "code": "SCORE",
        "feature": "SCORE_2",
        "text": "Second is low",
        "contribution": pytest.approx(0.5),
    }
    assert income["contribution"] == pytest.approx(0.4)


def test_a_code_whose_features_cancel_out_is_not_a_reason():
    explainer = Explainer({"SCORE_1": text("SCORE"), "SCORE_2": text("SCORE")})

    assert explainer.reasons(np.array([0.2, -0.3]), np.zeros(2)) == []


def test_a_rise_that_cannot_be_told_takes_no_place_among_the_reasons():
    explainer = Explainer({"SCORE": text("SCORE", low="The score is low"), **{c: text(c) for c in "ABCDE"}})

    reasons = explainer.reasons(np.array([9.0, 0.5, 0.4, 0.3, 0.2, 0.1]), np.array([math.nan, 1, 1, 1, 1, 1]))

    assert [reason["code"] for reason in reasons] == ["A", "B", "C", "D"]


def test_a_rise_that_cannot_be_told_lends_no_weight_to_what_can_be():
    """The missing first score raises the risk most: its weight must not make the second the main reason."""
    explainer = Explainer(
        {"SCORE_1": text("SCORE"), "SCORE_2": text("SCORE", "The second score"), "INCOME": text("INCOME", "Income")}
    )

    reasons = explainer.reasons(np.array([0.9, 0.1, 0.4]), np.array([math.nan, 1.0, 1.0]))

    assert [(reason["text"], reason["contribution"]) for reason in reasons] == [
        ("Income is low", pytest.approx(0.4)),
        ("The second score is low", pytest.approx(0.1)),
    ]


def test_what_lowered_the_risk_is_deducted_from_its_topic_told_or_not():
    explainer = Explainer({"SCORE_1": text("SCORE"), "SCORE_2": text("SCORE")})

    (reason,) = explainer.reasons(np.array([-0.2, 0.5]), np.array([math.nan, 1.0]))

    assert reason["contribution"] == pytest.approx(0.3)


def test_a_missing_value_is_told_where_the_client_can_supply_it():
    explainer = Explainer({"ID_DATE": text("STABILITY", missing="We have no date for the identity document")})

    (reason,) = explainer.reasons(np.array([0.1]), np.array([math.nan]))

    assert reason["text"] == "We have no date for the identity document"


def test_a_value_that_was_sent_but_is_unknown_is_not_told_as_missing():
    explainer = Explainer({"JOB": text("EMPLOYMENT", missing="The occupation is not stated")})

    assert explainer.reasons(np.array([0.1]), np.array([math.nan]), unknown=["JOB"]) == []


def test_the_direction_that_raises_no_risk_in_words_is_not_told():
    explainer = Explainer({"SCORE": text("SCORE", low="The score is low")})

    assert explainer.reasons(np.array([0.1]), np.array([11.0])) == []


def test_the_topics_that_raised_the_risk_are_counted_told_or_not():
    explainer = Explainer({"SCORE": text("SCORE"), "AREA": text("BUILDING", low=""), "JOB": text("JOB")})

    assert explainer.risen(np.array([0.2, 0.3, -0.1])) == ["BUILDING", "SCORE"]


contributions = st.lists(st.floats(-5, 5), min_size=12, max_size=12)


@given(contributions)
def test_reasons_are_the_four_largest_sums_by_code(contributions):
    codes = "ABCDEFABCABA"
    explainer = Explainer({f"FEATURE_{place}": text(code) for place, code in enumerate(codes)})

    reasons = explainer.reasons(np.array(contributions), np.zeros(12))

    sums = {code: sum(c for c, own in zip(contributions, codes, strict=True) if own == code) for code in "ABCDEF"}
    positive = sorted((total for total in sums.values() if total > 1e-9), reverse=True)
    listed = [reason["contribution"] for reason in reasons if reason["contribution"] > 1e-9]
    assert listed == pytest.approx(positive[:MAX_REASONS])
    assert all(reason["contribution"] > 0 for reason in reasons)
    assert len({reason["code"] for reason in reasons}) == len(reasons)


@given(value=st.floats(allow_infinity=False), typical=st.floats(-1e6, 1e6))
def test_a_reason_is_one_of_its_sentences_whatever_the_value(value, typical):
    """So erasing a client's fields may leave the reasons: no figure is in them."""
    explainer = Explainer({"FEATURE": text("A", typical=typical, low="Low", high="High", missing="Not stated")})

    reasons = explainer.reasons(np.array([0.5]), np.array([value]))

    assert [reason["text"] for reason in reasons] in (["Low"], ["High"], ["Not stated"], [])


@given(value=st.sampled_from([-1.0, 0.0, 0.5, 1.0, 2.0, 365243.0, math.nan]), empty=st.sets(st.sampled_from(range(4))))
def test_a_feature_is_told_exactly_where_its_text_has_a_sentence(value, empty):
    sentences = ["Low", "High", "Not stated", "No job"]
    low, high, missing, special = ("" if place in empty else words for place, words in enumerate(sentences))
    feature = ReasonText(
        code="A",
        below=0.0,
        above=1.0,
        low=low,
        high=high,
        missing=missing,
        values={365243.0: special} if special else {},
    )

    reasons = Explainer({"FEATURE": feature}).reasons(np.array([0.5]), np.array([value]))

    assert [reason["text"] for reason in reasons] == [words for words in [feature.sentence(value)] if words]


def test_many_rows_have_the_reasons_of_each_alone(scorecard):
    explainer, seeded = Explainer(scorecard.sentences), np.random.default_rng(0)
    size = (60, len(explainer.names))
    contributions, values = seeded.normal(size=size), seeded.normal(size=size).round(1)
    values[seeded.random(size) < 0.2] = np.nan
    by_value = [place for place, text in enumerate(explainer.texts) if text.values or text.other]
    values[:, by_value] = seeded.integers(0, 4, (60, len(by_value)))
    unknown = [[name] if row % 7 == 0 else [] for row, name in zip(range(60), explainer.names * 60, strict=False)]

    together = explainer.reasons_of_rows(contributions, values, unknown)

    assert together == [explainer.reasons(*each) for each in zip(contributions, values, unknown, strict=True)]
    assert max(map(len, together)) == MAX_REASONS
