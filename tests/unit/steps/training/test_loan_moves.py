"""What may move for a refused client: amounts of the loan, as policy.yaml's `alternatives` has them."""

import pytest
from pydantic import ValidationError

from custom_model.alternatives import Move
from custom_model.contract import Contract
from custom_model.meanings import Meaning
from steps.run.console import UserError
from steps.run.policy import Policy
from steps.tables.home_credit import APPLICATION, home_credit
from steps.training.loan_moves import checked_moves, lacking_fields, loan_moves
from tests.unit.steps.lender import POLICY

CONTRACT = Contract(
    id="client",
    numeric=("AMT_CREDIT", "AMT_ANNUITY", "AMT_INCOME_TOTAL", "DAYS_EMPLOYED", "age", "term", "past_loans"),
    categories={"sex": ("f", "m"), "job": ("cook", "nurse")},
    history=("past_loans",),
)
MEANINGS = {
    "AMT_CREDIT": Meaning(description="Amount of the loan.", topic="LOAN_AMOUNT"),
    "AMT_ANNUITY": Meaning(description="Instalment.", topic="LOAN_AMOUNT"),
    "AMT_INCOME_TOTAL": Meaning(description="Income that the client states.", topic="INCOME"),
    "DAYS_EMPLOYED": Meaning(description="First day in the job.", topic="DAYS_EMPLOYED", special=(365243.0,)),
    "term": Meaning(description="Term.", topic="term"),
}
NAMES = ["AMT_CREDIT", "age"]


def under(**moves: dict) -> Policy:
    return Policy.model_validate({**POLICY.model_dump(), "alternatives": moves})


def test_the_moves_of_the_policy_are_the_models():
    policy = under(AMT_CREDIT={"lower": 0.3, "in_proportion": ["AMT_ANNUITY"]}, term={"higher": 0.5, "decimals": 0})

    assert checked_moves(policy, CONTRACT, MEANINGS) == {
        "AMT_CREDIT": Move(lower=0.3, in_proportion=("AMT_ANNUITY",)),
        "term": Move(higher=0.5, decimals=0),
    }


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("age", "a protected attribute"),
        ("past_loans", "which is of past loans"),
        ("job", "a text"),
        ("AMT_INCOME_TOTAL", "which is of the client: income that the client states"),
        ("DAYS_EMPLOYED", "which has values with a meaning of their own"),
    ],
)
@pytest.mark.parametrize("follows", [True, False], ids=["in proportion", "itself"])
def test_nothing_of_the_person_moves(name, reason, follows):
    policy = under(AMT_CREDIT={"lower": 0.3, "in_proportion": [name]}) if follows else under(**{name: {"lower": 0.3}})

    with pytest.raises(UserError) as error:
        checked_moves(policy, CONTRACT, MEANINGS)

    entry = "AMT_CREDIT" if follows else name
    assert str(error.value) == f"policy.yaml: alternatives.{entry}: expected amounts of the loan, got {name}, {reason}"


def test_of_home_credits_columns_three_amounts_are_the_loans():
    application = home_credit()[APPLICATION]
    meanings, numeric = application.meanings, tuple(application.measures)
    contract = Contract(id="SK_ID_CURR", numeric=numeric, categories={})

    allowed = []
    for name in numeric:
        try:
            checked_moves(under(**{name: {"lower": 0.3}}), contract, meanings)
        except UserError:
            continue
        allowed.append(name)

    assert allowed == ["AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE"]


def test_fields_that_the_applications_lack_are_named_and_do_not_move():
    policy = under(AMT_CREDIT={"lower": 0.3, "in_proportion": ["AMT_GOODS_PRICE"]}, DOWN_PAYMENT={"higher": 1.0})

    moves = loan_moves(policy, CONTRACT, MEANINGS, NAMES)

    assert moves == {"AMT_CREDIT": Move(lower=0.3)}
    assert lacking_fields(policy, CONTRACT.fields) == ["AMT_GOODS_PRICE", "DOWN_PAYMENT"]


def test_a_field_that_no_decision_depends_on_is_named(capsys):
    loan_moves(under(term={"higher": 0.5}), CONTRACT, MEANINGS, NAMES)

    assert "alternatives term: this model does not use it" in capsys.readouterr().out


def test_a_field_does_not_follow_itself():
    with pytest.raises(UserError, match="expected other fields in proportion than AMT_CREDIT itself"):
        checked_moves(under(AMT_CREDIT={"lower": 0.3, "in_proportion": ["AMT_CREDIT"]}), CONTRACT, MEANINGS)


def test_a_few_fields_may_move():
    with pytest.raises(ValidationError):
        under(**{f"f{number}": {"lower": 0.3} for number in range(6)})
