"""The scorecard, stored as JSON next to the trees."""

import math

import pytest
from pydantic import ValidationError

from custom_model.scorecard import Calibration, ReasonText, Rewording, Scorecard


def test_it_survives_json_with_its_features_in_order(scorecard):
    returned = Scorecard.model_validate_json(scorecard.model_dump_json())

    assert returned == scorecard
    assert list(returned.texts) == list(scorecard.texts)


@pytest.mark.parametrize("slope", [0, -1, float("nan"), float("inf")])
def test_calibration_may_not_reverse_the_order_of_risks(slope):
    with pytest.raises(ValidationError, match="slope"):
        Calibration(slope=slope, intercept=0)


def test_sentences_of_single_values_survive_json_by_value():
    text = ReasonText(
        code="JOB", values={0.0: "No job", 365243.0: "Retired"}, below=-100.5, above=-100.5, high="New job"
    )

    returned = ReasonText.model_validate_json(text.model_dump_json())

    assert returned == text
    assert returned.sentence(365243.0) == "Retired"


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (9.0, "Low"),
        (10.0, ""),  # neither below the lower nor above the upper bound
        (11.0, ""),
        (12.0, ""),
        (12.5, "High"),
        (99.0, "Not asked"),
        (math.nan, "Not stated"),
    ],
)
def test_a_number_is_low_below_the_one_bound_and_high_above_the_other(value, sentence):
    text = ReasonText(
        code="A", below=10, above=12, low="Low", high="High", missing="Not stated", values={99.0: "Not asked"}
    )

    assert text.sentence(value) == sentence


def test_a_category_has_the_sentence_of_its_level_or_that_of_all_others():
    text = ReasonText(code="HOME", values={1.0: "The home is rented"}, other="The housing counts")

    assert [text.sentence(value) for value in (0.0, 1.0, 2.0, math.nan)] == [
        "The housing counts",
        "The home is rented",
        "The housing counts",
        "",
    ]


@pytest.mark.parametrize(
    ("text", "is_empty"), [({}, True), ({"missing": "Not stated"}, False), ({"values": {1: "Yes"}}, False)]
)
def test_a_feature_without_a_sentence_is_empty(text, is_empty):
    assert ReasonText(code="A", below=0, above=0, **text).is_empty is is_empty


def test_the_policys_sentences_are_told_and_the_features_own_are_kept(scorecard):
    name, own = next(iter(scorecard.texts.items()))
    worded = scorecard.model_copy(update={"wording": {name: Rewording(low="Told by the policy")}})

    returned = Scorecard.model_validate_json(worded.model_dump_json())

    assert list(returned.sentences) == list(scorecard.texts)
    assert returned.sentences[name] == own.model_copy(update={"low": "Told by the policy"})
    assert returned.model_copy(update={"wording": {}}).sentences == scorecard.texts


def test_a_sentence_of_one_value_leaves_those_of_the_others():
    text = ReasonText(code="JOB", values={0.0: "No job", 365243.0: "Retired"})

    worded = text.reworded(Rewording(values={0.0: "Without a job"}))

    assert worded.values == {0.0: "Without a job", 365243.0: "Retired"}
