"""The fields that policy.yaml names."""

import pytest

from custom_model.rules import InformationGroup
from steps.run.console import UserError
from steps.training.policy_fields import check_policy_fields
from tests.unit.steps.lender import POLICY, lender_table


@pytest.mark.parametrize(
    "changed",
    [
        {"required_fields": ("incmoe",)},
        {"excluded_fields": ("incmoe",)},
        {"protected_attributes": ("incmoe",)},
        {"plausible_ranges": {"incmoe": {"lowest": 0}}},
        {"least_information": {"money": InformationGroup(fields=("incmoe",))}},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_name_of_no_data_is_an_error_before_training_that_guesses_what_was_meant(changed):
    policy = POLICY.model_copy(update=changed)

    with pytest.raises(UserError, match=rf"{next(iter(changed))}.*: no field incmoe .*income"):
        check_policy_fields(policy, lender_table())


def test_fields_of_home_credit_that_another_lender_lacks_are_no_mistake_and_are_reported(capsys):
    scores = InformationGroup(fields=("EXT_SOURCE_1", "EXT_SOURCE_2"))
    policy = POLICY.model_copy(
        update={"protected_attributes": ("CODE_GENDER",), "least_information": {"external_scores": scores}}
    )

    check_policy_fields(policy, lender_table())

    output = capsys.readouterr().out
    assert "policy.yaml protects CODE_GENDER, which this data lacks" in output
    assert "least_information external_scores: this data has none of these fields" in output


def test_a_group_of_which_the_data_has_a_field_is_not_reported(capsys):
    groups = {"money": InformationGroup(fields=("income", "AMT_CREDIT")), "past": InformationGroup(fields="history")}

    check_policy_fields(POLICY.model_copy(update={"least_information": groups}), lender_table())

    assert "least_information" not in capsys.readouterr().out
