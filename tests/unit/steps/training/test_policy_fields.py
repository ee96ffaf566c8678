"""The fields that policy.yaml names: a misspelt one stops the training."""

import pytest

from custom_model.alternatives import Move
from custom_model.rules import InformationGroup
from steps.run.console import UserError
from steps.run.policy import Segment
from steps.training.policy_fields import check_policy_fields, report_lacking
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


def test_all_that_policy_yaml_names_and_the_data_lacks_is_one_sentence(capsys):
    """Of each entry a name that the data has, where it may have one, and one that it lacks."""
    policy = POLICY.model_copy(
        update={
            "required_fields": ("income", "AMT_CREDIT"),
            "excluded_fields": ("job", "OWN_CAR_AGE"),
            "protected_attributes": ("sex", "CODE_GENDER"),
            "segments": {"client": Segment(by="history"), "size": Segment(by="AMT_CREDIT")},
            "monotonic": {"age": "increasing", "EXT_SOURCE_1": "decreasing"},
            "least_information": {
                "scores": InformationGroup(fields=("EXT_SOURCE_1", "EXT_SOURCE_2")),
                "money": InformationGroup(fields=("income", "AMT_CREDIT")),
                "past": InformationGroup(fields="history"),
            },
            "alternatives": {"AMT_CREDIT": Move(lower=0.3, in_proportion=("AMT_ANNUITY",))},
        }
    )

    report_lacking(policy, lender_table())

    assert capsys.readouterr().out == (
        "  policy.yaml names what this data lacks, without effect here: required_fields AMT_CREDIT; excluded_fields "
        "OWN_CAR_AGE; protected_attributes CODE_GENDER; segments size (AMT_CREDIT); monotonic EXT_SOURCE_1; "
        "least_information scores; alternatives AMT_ANNUITY, AMT_CREDIT\n"
    )


def test_nothing_is_reported_where_the_data_has_all_that_policy_yaml_names(capsys):
    report_lacking(POLICY, lender_table())

    assert capsys.readouterr().out == ""


def test_required_fields_that_are_all_of_other_data_are_not_reported_as_without_effect(capsys):
    report_lacking(POLICY.model_copy(update={"required_fields": ("AMT_CREDIT", "DAYS_BIRTH")}), lender_table())

    assert capsys.readouterr().out == ""


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


def test_a_segment_by_a_misspelt_field_is_an_error():
    misspelt = POLICY.model_copy(update={"segments": {"size": Segment(by="incme")}})

    with pytest.raises(UserError, match=r"segments\.size: no field incme .*did you mean income"):
        check_policy_fields(misspelt, lender_table())
