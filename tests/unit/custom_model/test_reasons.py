"""Reasons: principal, actually scored, at most four, in words for a person."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_model.reasons import MAX_REASONS, Explainer
from custom_model.scorecard import ReasonText


def text(code: str, words: str = "Words", scale: str = "amount", typical: float | None = 10.0) -> ReasonText:
    return ReasonText(code=code, text=words, scale=scale, typical=typical)


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
        "text": "Second: lower than usual",
        "contribution": pytest.approx(0.5),
    }
    assert income["contribution"] == pytest.approx(0.4)


def test_a_code_whose_features_cancel_out_is_not_a_reason():
    explainer = Explainer({"SCORE_1": text("SCORE"), "SCORE_2": text("SCORE")})

    assert explainer.reasons(np.array([0.2, -0.3]), np.zeros(2)) == []


@pytest.mark.parametrize(
    ("scale", "typical", "value", "words"),
    [
        ("amount", 10.0, 9.0, "lower than usual"),
        ("amount", 10.0, 11.0, "higher than usual"),
        ("days", -100.0, -200.0, "longer ago than usual"),  # days count back: -200 is the earlier day
        ("days", -100.0, -50.0, "more recent than usual"),
        ("age", -14_000.0, -20_000.0, "higher than usual"),  # born earlier is older
        ("age", -14_000.0, -8_000.0, "lower than usual"),
        ("flag", 0.0, 1.0, "yes"),
        ("flag", 1.0, 0.0, "no"),
        ("flag", 1.0, 1.0, "yes"),
        ("amount", 10.0, 10.0, "as for most clients, but unfavourable together with the rest"),
        ("amount", None, 2.0, "of a kind with more defaults"),
        ("amount", 10.0, math.nan, "not known"),
        ("amount", None, math.nan, "not known"),
        ("flag", 1.0, math.nan, "not known"),
    ],
)
def test_a_value_is_compared_with_the_typical_one_in_the_words_of_its_scale(scale, typical, value, words):
    explainer = Explainer({"FEATURE": text("CODE", "What it is", scale, typical)})

    (reason,) = explainer.reasons(np.array([0.1]), np.array([value]))

    assert reason["text"] == f"What it is: {words}"


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


@given(value=st.floats(allow_infinity=False), typical=st.none() | st.floats(-1e6, 1e6))
@pytest.mark.parametrize("scale", ["amount", "days", "age", "flag"])
def test_a_reason_compares_and_has_no_value_except_yes_or_no(scale, value, typical):
    """So erasing a client's fields may leave the reasons."""
    explainer = Explainer({"FEATURE": text("FEATURE", scale=scale, typical=typical)})

    (reason,) = explainer.reasons(np.array([0.5]), np.array([value]))

    assert reason["text"] in {
        *(f"Words: {word} than usual" for word in ("lower", "higher", "longer ago", "more recent")),
        *("Words: not known", "Words: of a kind with more defaults", "Words: yes", "Words: no"),
        "Words: as for most clients, but unfavourable together with the rest",
    }
