"""The fields that policy.yaml names: a misspelt one stops the training."""

import pytest

from custom_model.rules import InformationGroup
from steps.run.console import UserError
from steps.run.policy import Segment
from steps.training.policy_fields import check_policy_fields
from tests.unit.steps.lender import POLICY, lender_table

LISTS = ("required_fields", "excluded_fields", "protected_attributes")


@pytest.mark.parametrize("entry", LISTS)
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("incme", "no field incme in lender.parquet or in Home Credit's tables: did you mean income?"),
        ("Income", "no field Income in lender.parquet or in Home Credit's tables: did you mean income?"),
        ("AMT_CREDT", "no field AMT_CREDT in lender.parquet or in Home Credit's tables: did you mean AMT_CREDIT?"),
        ("zzz", "no field zzz in lender.parquet or in Home Credit's tables"),
        ("client", "client is this data's id or target"),
    ],
)
def test_a_name_that_is_in_no_table_is_an_error_with_the_nearest_one(entry, name, message):
    policy = POLICY.model_copy(update={entry: (name,)})

    with pytest.raises(UserError) as error:
        check_policy_fields(policy, lender_table())

    assert str(error.value) == f"policy.yaml: {entry}: {message}" or str(error.value).startswith(
        f"policy.yaml: {entry}: {message}, not a field"
    )


@pytest.mark.parametrize("entry", LISTS)
def test_a_field_of_home_credits_that_the_data_lacks_is_no_mistake(entry):
    check_policy_fields(POLICY.model_copy(update={entry: ("OWN_CAR_AGE",)}), lender_table())


def test_protected_attributes_that_the_data_lacks_are_reported(capsys):
    check_policy_fields(POLICY.model_copy(update={"protected_attributes": ("sex", "CODE_GENDER")}), lender_table())

    assert capsys.readouterr().out == "  policy.yaml protects CODE_GENDER, which this data lacks: not in its reports\n"


@pytest.mark.parametrize(
    "changed",
    [
        {"plausible_ranges": {"incmoe": {"lowest": 0}}},
        {"least_information": {"money": InformationGroup(fields=("incmoe",))}},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_bound_and_a_group_of_a_field_in_no_table_are_errors_too(changed):
    policy = POLICY.model_copy(update=changed)

    with pytest.raises(UserError, match=rf"{next(iter(changed))}.*: no field incmoe .*income"):
        check_policy_fields(policy, lender_table())


def test_groups_of_information_that_the_data_has_no_field_of_are_reported(capsys):
    scores = InformationGroup(fields=("EXT_SOURCE_1", "EXT_SOURCE_2"))

    check_policy_fields(POLICY.model_copy(update={"least_information": {"scores": scores}}), lender_table())

    assert "least_information scores: this data has none of these fields" in capsys.readouterr().out


def test_a_group_of_which_the_data_has_a_field_is_not_reported(capsys):
    groups = {"money": InformationGroup(fields=("income", "AMT_CREDIT")), "past": InformationGroup(fields="history")}

    check_policy_fields(POLICY.model_copy(update={"least_information": groups}), lender_table())

    assert "least_information" not in capsys.readouterr().out


def test_a_segment_by_a_misspelt_field_is_an_error_and_one_by_another_lenders_is_reported(capsys):
    misspelt = POLICY.model_copy(update={"segments": {"size": Segment(by="incme")}})
    lacking = POLICY.model_copy(
        update={"segments": {"client": Segment(by="history"), "size": Segment(by="AMT_CREDIT")}}
    )

    with pytest.raises(UserError, match=r"segments\.size: no field incme .*did you mean income"):
        check_policy_fields(misspelt, lender_table())
    check_policy_fields(lacking, lender_table())

    assert "segments size (AMT_CREDIT): this data lacks their fields" in capsys.readouterr().out
