"""policy.yaml's own sentences: in place of a feature's, and only for what the feature can be."""

import pytest
from pydantic import ValidationError

from custom_model.contract import Contract
from custom_model.scorecard import ReasonText
from steps.run.console import UserError
from steps.run.policy import Sentences
from steps.training.policy_fields import check_policy_fields
from steps.training.wording import rewordings
from tests.unit.steps.lender import POLICY, lender_table

CONTRACT = Contract(id="client", numeric=("income", "own_car"), categories={"job": ("cook", "nurse")})
TEXTS = {
    "income": ReasonText(code="INCOME", below=1.0, above=2.0, low="Income is low", missing="No income is stated"),
    "job": ReasonText(code="JOB", values={0.0: "The client cooks"}, other="The job is risky"),
    "own_car": ReasonText(code="CAR", below=1.0, above=1.0, values={0.0: "No car"}),
}


def worded(signs: dict[str, int] | None = None, **wording: dict) -> dict[str, ReasonText]:
    sentences = {name: Sentences(**each) for name, each in wording.items()}
    own = rewordings(sentences, TEXTS, CONTRACT, signs or {})
    return {name: text.reworded(own.get(name)) for name, text in TEXTS.items()}


def test_a_sentence_replaces_the_features_own_and_leaves_the_others():
    income = worded(income={"low": "The pay is small"})["income"]

    assert income.sentence(0.5) == "The pay is small"
    assert income.sentence(float("nan")) == "No income is stated"


def test_a_side_that_had_no_sentence_gets_one():
    assert worded(income={"high": "The pay is unlikely"})["income"].sentence(3.0) == "The pay is unlikely"


def test_a_level_is_worded_by_its_name():
    job = worded(job={"values": {"nurse": "Nurses move often"}})["job"]

    assert [job.sentence(code) for code in (0.0, 1.0)] == ["The client cooks", "Nurses move often"]


@pytest.mark.parametrize("value", ["0", 0, 0.0])
def test_a_number_is_worded_by_its_value(value):
    assert worded(own_car={"values": {value: "There is no car"}})["own_car"].sentence(0.0) == "There is no car"


@pytest.mark.parametrize(
    ("wording", "message"),
    [
        ({"job": {"low": "Low"}}, "job is a text and never low: expected sentences of its `values`"),
        ({"job": {"high": "High"}}, "job is a text and never high"),
        ({"job": {"values": {"nurs": "N"}}}, "job is never 'nurs': expected one of cook, nurse: did you mean nurse?"),
        ({"income": {"values": {"little": "L"}}}, "income is a number: expected"),
        ({"income": {"values": {float("nan"): "N"}}}, "income is a number: expected one of its values, got 'nan'"),
    ],
)
def test_a_sentence_for_what_a_feature_never_is_is_an_error(wording, message):
    with pytest.raises(UserError) as error:
        worded(**wording)

    assert str(error.value).startswith(f"policy.yaml: wording: {message}")


@pytest.mark.parametrize(
    ("sign", "wording", "what"),
    [
        (-1, {"income": {"high": "The pay is high"}}, "never rises as it grows, so a high one"),
        (1, {"income": {"low": "The pay is low"}}, "never falls as it grows, so a low one"),
        (-1, {"income": {"values": {"3": "Three"}}}, "never rises as it grows, so its value 3"),
        (1, {"income": {"values": {"0.5": "Half"}}}, "never falls as it grows, so its value 0.5"),
        (1, {"own_car": {"values": {"0": "No car"}}}, "never falls as it grows, so its value 0"),
    ],
)
def test_the_safe_side_of_a_feature_with_a_direction_has_no_sentence_of_the_policy_either(sign, wording, what):
    with pytest.raises(UserError) as error:
        worded({next(iter(wording)): sign}, **wording)

    assert f"the risk {what} is no reason" in str(error.value)


def test_the_risky_side_of_a_feature_with_a_direction_may_be_worded():
    texts = worded({"income": -1}, income={"low": "The pay is small", "values": {"0": "There is no pay"}})

    assert [texts["income"].sentence(value) for value in (0.5, 0.0)] == ["The pay is small", "There is no pay"]


def test_a_feature_that_the_model_does_not_use_is_reported(capsys):
    assert worded(age={"low": "Young"}) == TEXTS
    assert capsys.readouterr().out == "  policy.yaml's wording age: this model does not use it\n"


def test_a_wrong_sentence_of_a_field_that_the_model_does_not_use_is_an_error_all_the_same():
    sentences = {"job": Sentences(values={"nurs": "N"})}

    with pytest.raises(UserError, match="job is never 'nurs'"):
        rewordings(sentences, {"income": TEXTS["income"]}, CONTRACT, {})


@pytest.mark.parametrize("sentence", ["", "  ", "x" * 301, "two\nlines", 7])
def test_a_sentence_is_one_printable_line(sentence):
    with pytest.raises(ValidationError):
        Sentences(low=sentence)


def test_an_entry_without_a_sentence_is_an_error():
    with pytest.raises(ValidationError, match="expected a sentence for one of low, high, missing, values"):
        Sentences()


def test_a_bare_no_of_yaml_is_no_value():
    with pytest.raises(ValidationError, match="expected a value in quotes"):
        Sentences(values={False: "There is no car"})


@pytest.mark.parametrize("name", ["incme", "EXT_SOURCE_MEEN"])
def test_a_feature_that_no_model_can_have_is_an_error_with_the_nearest_name(name):
    with pytest.raises(UserError, match=rf"wording: no field {name} .*did you mean (income|EXT_SOURCE_MEAN)\?"):
        check_policy_fields(POLICY.model_copy(update={"wording": {name: Sentences(low="Low")}}), lender_table())


def test_a_derived_feature_can_be_worded():
    check_policy_fields(
        POLICY.model_copy(update={"wording": {"EXT_SOURCE_MEAN": Sentences(low="Low")}}), lender_table()
    )
