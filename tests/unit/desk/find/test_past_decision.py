"""A decision on record in words: fields by topic, reasons, rules, events."""

from datetime import timedelta

import pytest

from custom_model.meanings import Meaning
from desk.find.fields_used import FieldWords, groups
from desk.language.rule_words import Rule
from tests.unit.desk.find.conftest import NOON

MEANINGS = {
    "AMT_CREDIT": Meaning(description="Amount of the loan asked for.", topic="LOAN_AMOUNT", unit="amount of money"),
    "AMT_ANNUITY": Meaning(
        description="Amount of one instalment of the loan.", topic="LOAN_AMOUNT", unit="amount of money"
    ),
    "shoe_size": Meaning(description="Size of the shoes.", topic="shoe_size", unit="centimetres"),
}


def test_fields_are_by_topic_and_say_which_came_from_the_store(past):
    record = past().record

    found = groups(record["fields"], record["history_fields"], "SK_ID_CURR", FieldWords(MEANINGS, "en"))

    loan, other = found
    assert (loan.topic, [field.label for field in loan.fields]) == (
        "Loan asked for",
        ["Amount of the loan", "Instalment"],
    )
    assert (loan.fields[0].value, loan.fields[0].unit) == ("1,500", "amount of money")
    assert [(field.name, field.is_of_store) for field in other.fields] == [
        ("FLAG_OWN_CAR", False),
        ("BUREAU_ROWS_COUNT_ALL", True),
    ]
    assert other.fields[0].value == "yes"
    assert other.fields[0].exact == "Y"


def test_a_field_without_a_value_is_named_and_a_lenders_own_goes_by_its_name():
    (group,) = groups({"shoe_size": None}, {}, "", FieldWords(MEANINGS, "fr"))

    assert group.fields == []
    assert group.absent == ["Shoe size"]


@pytest.mark.parametrize(
    ("value", "said", "exact"),
    [
        (0.4584053139127274, "0.4584", "0.458405313912727"),
        (1e-9, "0.0000", "1e-09"),
        (2**70, str(2**70), ""),
        (10**400, str(10**400), ""),
        (3.0, "3", ""),
    ],
)
def test_a_number_that_is_rounded_has_the_one_on_record_beside_it(value, said, exact):
    (group,) = groups({"shoe_size": value}, {}, "", FieldWords(MEANINGS, "en"))

    assert (group.fields[0].value, group.fields[0].exact) == (said, exact)


def test_reasons_are_largest_first_with_what_they_multiply_the_odds_by(past):
    decision = past()

    assert [each["code"] for each in decision.reasons] == ["B", "A"]
    assert decision.odds_factor(0) == pytest.approx(2.0138, abs=1e-4)  # exp(0.7)


def test_rules_that_decided_have_words_and_a_cause(past):
    fired = ["unusual_values: AMT_CREDIT", "costs: review", "later_rule: something"]

    assert past(policy_rules=fired).rules == [
        Rule("find.rule_unusual_values", "AMT_CREDIT"),
        Rule("find.rule_costs", "review"),
        Rule("find.rule_other", "something"),
    ]
    assert past(policy_rules=None).rules == []  # of an older model


def test_events_are_in_the_order_in_which_they_came(past, answered):
    contests = [{"contested_at": NOON + timedelta(days=day), "after": day // 3} for day in (1, 5)]

    events = past(contests, [answered("granted")]).events

    assert [each["kind"] for each in events] == ["contest", "answer", "contest"]


def test_an_erased_record_has_no_request_and_keeps_its_reasons(past):
    erased = past(fields=None, history_fields=None, alternatives=None, erased_at=NOON)

    assert erased.is_erased
    assert (erased.request, erased.alternatives) == ({}, [])
    assert len(erased.reasons) == 2
