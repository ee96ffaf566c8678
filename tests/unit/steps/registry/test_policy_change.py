"""Another policy for a trained model: what it changes, what stays, and what only a training can change."""

from dataclasses import replace

import pytest

from custom_model.alternatives import Move
from custom_model.contract import Contract
from custom_model.points import ScoreScale
from custom_model.scorecard import ReasonText, Scorecard
from steps.registry.policy_change import PolicyChange, changed
from steps.registry.version_parts import VersionParts
from steps.run.console import UserError
from steps.run.policy import Policy, Sentences
from steps.training.requirements import ALWAYS_ASKED
from tests.unit.steps.lender import POLICY

LABEL = "lender version 7"
MEASURED = "without it 9.0% of the refused would be granted (at most 11.0%)"
CONTRACT = Contract(
    id="client",
    numeric=("income", "age", "past_loans"),
    categories={"job": ("cook", "nurse"), "sex": ("f", "m")},
    required=("income", "age"),
    declared=("job",),
    history=("past_loans",),
)
SCORECARD = Scorecard(
    calibration={"slope": 1, "intercept": 0},
    costs=POLICY.costs,
    texts={"income": ReasonText(code="INCOME", below=1, above=2, low="Income is low"), "job": ReasonText(code="JOB")},
    because={"income": ALWAYS_ASKED, "age": MEASURED, "job": MEASURED},
)
EXAMPLE = {"income": 20_000.0, "age": 40.0, "past_loans": 2.0, "job": "cook", "sex": None}


@pytest.fixture
def parts(booster) -> VersionParts:
    """A version that was trained under the lender's policy."""
    return VersionParts(booster, SCORECARD, CONTRACT, EXAMPLE, POLICY.model_dump(mode="json"))


def under(parts: VersionParts, **changes: object) -> PolicyChange:
    """The version under the lender's policy with these changes, read as policy.yaml is."""
    policy = Policy.model_validate({**POLICY.model_dump(), **changes})
    return changed(parts, policy, LABEL)


def test_the_policy_of_the_training_changes_nothing(parts):
    change = under(parts)

    assert change == PolicyChange(SCORECARD, CONTRACT, ())


def test_new_costs_give_a_new_threshold_and_leave_all_else(parts):
    change = under(parts, costs={"false_negative": 4, "false_positive": 1, "review": 0.5})

    assert change.scorecard.costs.threshold == pytest.approx(1 / 5)
    assert change.scorecard == SCORECARD.model_copy(update={"costs": change.scorecard.costs})
    assert change.contract == CONTRACT
    assert change.changes == ("costs 4 : 1, 0.5 for a review (threshold 0.2000) in place of 10 : 1 (threshold 0.0909)",)


def test_rules_score_and_wording_are_the_new_policys(parts):
    score = {"base_points": 600, "base_odds": 50, "points_to_double_odds": 20}

    change = under(
        parts,
        score=score,
        wording={"income": {"low": "The pay is small"}},
        unusual_values={"otherwise": "refer"},
        request_threshold="forbid",
    )

    assert change.scorecard.score == ScoreScale(**score)
    assert change.scorecard.sentences["income"].low == "The pay is small"
    assert change.scorecard.rules.unusual_values.otherwise == "refer"
    assert change.scorecard.rules.request_threshold == "forbid"
    assert change.changes == (
        "another unusual_values",
        "another request_threshold",
        "a score in points",
        "wording of income",
    )


def test_what_may_move_for_a_refused_client_is_the_new_policys(parts):
    change = under(parts, alternatives={"income": {"lower": 0.2}})
    back = under(replace(parts, scorecard=change.scorecard))

    assert change.scorecard.alternatives == {"income": Move(lower=0.2)}
    assert change.changes == back.changes == ("alternatives by income",)
    assert back.scorecard == SCORECARD


def test_a_sentence_that_the_policy_no_longer_has_gives_way_to_the_features_own(parts):
    worded = under(parts, wording={"income": {"low": "The pay is small"}})

    back = under(replace(parts, scorecard=worded.scorecard))

    assert back.scorecard == SCORECARD
    assert back.changes == ("wording of income",)


def test_a_newly_required_field_must_have_a_value(parts):
    change = under(parts, required_fields=("income", "past_loans"))

    assert change.contract.required == ("income", "age", "past_loans")
    assert change.scorecard.because["past_loans"] == ALWAYS_ASKED
    assert change.changes == ("required: past_loans",)


def test_a_declared_field_that_becomes_required_is_declared_no_longer_and_keeps_its_reason(parts):
    change = under(parts, required_fields=("income", "job"))

    assert change.contract.required == ("income", "age", "job")
    assert change.contract.declared == ()
    assert change.scorecard.because["job"] == MEASURED


def test_a_field_that_the_policy_no_longer_requires_is_optional_unless_training_demanded_it(parts):
    trained = {**parts.policy, "required_fields": ["income", "age"]}

    change = under(replace(parts, policy=trained), required_fields=())

    assert change.contract.required == ("age",)  # leaving it out would win credit
    assert change.contract.declared == ("job",)
    assert change.scorecard.because == {"age": MEASURED, "job": MEASURED}
    assert change.changes == ("no longer required: income",)


def test_required_fields_of_other_data_change_nothing(parts, capsys):
    # Training required the fields that are never missing, since the data had none of the policy's.
    trained = {**parts.policy, "required_fields": ["AMT_CREDIT"]}

    change = under(replace(parts, policy=trained), required_fields=("AMT_CREDIT", "AMT_ANNUITY"))

    assert change.contract == CONTRACT
    assert change.changes == ()
    assert f"policy.yaml requires AMT_CREDIT, AMT_ANNUITY, which {LABEL} lacks" in capsys.readouterr().out


def test_a_field_that_no_training_client_had_cannot_become_required(parts):
    with pytest.raises(UserError, match=f"required_fields: no training client of {LABEL} had a value of sex"):
        under(parts, required_fields=("income", "sex"))


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ({"excluded_fields": ("sex", "age")}, "excluded_fields: age, sex now, none then"),
        ({"monotonic": {"age": "increasing"}}, "monotonic: age increasing now, none then"),
        ({"implausible_auc": 0.8}, "implausible_auc: 0.8 now, 0.9 then"),
        ({"most_won_by_omission": 0.01}, "most_won_by_omission: 0.01 now, 0.02 then"),
        (
            {"plausible_ranges": {"age": {"lowest": 18, "highest": 70}}},
            "plausible_ranges: age lowest 18 highest 70 now, none then",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_only_a_training_can_change_is_an_error_that_names_the_difference(parts, changes, difference):
    with pytest.raises(UserError) as error:
        under(parts, costs={"false_negative": 4, "false_positive": 1}, **changes)

    assert str(error.value) == (
        f"{LABEL} was trained under another policy.yaml, in what no version can change without training: {difference}. "
        "Train a new version with `mlflow run . -e train --env-manager local`, or restore these entries"
    )


def test_an_entry_that_came_later_than_the_training_is_not_passed_over(parts):
    before = {name: value for name, value in parts.policy.items() if name not in ("monotonic", "most_won_by_omission")}

    with pytest.raises(UserError) as error:
        under(replace(parts, policy=before), monotonic={"income": "decreasing"})

    assert "monotonic: income decreasing now, none then" in str(error.value)
    assert "most_won_by_omission: 0.02 now, not on record then" in str(error.value)


def test_where_omission_may_win_more_the_fields_that_training_demanded_are_still_demanded(parts):
    change = under(parts, most_won_by_omission=0.1)

    assert change.contract == CONTRACT
    assert change.changes == ()


def test_of_a_list_of_directions_only_the_differing_are_named(parts):
    trained = {**parts.policy, "monotonic": {"income": "decreasing", "age": "increasing"}}

    with pytest.raises(UserError, match="monotonic: age decreasing now, age increasing then"):
        under(replace(parts, policy=trained), monotonic={"income": "decreasing", "age": "decreasing"})


@pytest.mark.parametrize(
    "changes",
    [{"excluded_fields": ("CODE_GENDER",)}, {"protected_attributes": ("job",)}],
    ids=["a field that the data lacks", "whom the reports are about"],
)
def test_what_no_version_depends_on_may_differ(parts, changes):
    assert under(parts, **changes).changes == ()


def test_a_sentence_that_the_model_cannot_say_is_an_error(parts):
    with pytest.raises(UserError, match="wording: job is a text and never low"):
        changed(parts, POLICY.model_copy(update={"wording": {"job": Sentences(low="Low")}}), LABEL)
