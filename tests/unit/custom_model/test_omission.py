"""What leaving information out would win."""

from dataclasses import replace

import numpy as np
import pytest

from custom_model.applications import Applications
from custom_model.contract import Contract
from custom_model.costs import Costs
from custom_model.omission import Omission, RefusedClients, omissible, omissions, used_fields
from custom_model.rules import RuleBook, Rules, UnusualValues

COSTS = Costs(false_negative=7, false_positive=3)
SCORES = [f"EXT_SOURCE_{number}" for number in (1, 2, 3)]


@pytest.fixture
def decider(decider):
    """The same model at a threshold of 0.3, which it refuses about half of the clients at."""
    return replace(decider, scorecard=decider.scorecard.model_copy(update={"costs": COSTS}))


@pytest.fixture
def clients(values) -> Applications:
    return Applications([None] * len(values), values, {})


def with_contract(decider, **changed):
    contract = Contract(**{**decider.contract.model_dump(), **changed})
    return replace(decider, contract=contract, rules=RuleBook(contract, decider.scorecard.rules, {}))


def test_the_granted_are_those_of_the_refused_whom_the_model_grants_without_the_fields(decider, clients):
    refused = decider.outcomes(clients)
    without = clients.values.copy()
    without[:, [decider.contract.column_of[name] for name in SCORES]] = np.nan
    again = decider.outcomes(Applications(clients.ids, without, {}))
    granted = sum(pair == ("refused", "granted") for pair in zip(refused, again, strict=True))

    omission = RefusedClients(decider, clients).without(SCORES, "scores")

    assert granted > 0
    assert omission == Omission("scores", tuple(SCORES), refused.count("refused"), granted)


def test_a_field_that_is_missing_already_wins_nothing(decider, clients):
    without = clients.values.copy()
    without[:, decider.contract.column_of["EXT_SOURCE_1"]] = np.nan

    assert RefusedClients(decider, replace(clients, values=without)).without(["EXT_SOURCE_1"]).granted == 0


def test_a_client_whom_the_policy_refers_without_the_fields_wins_nothing(decider, clients):
    rules = Rules(least_information={"scores": {"fields": SCORES, "otherwise": "refer"}})
    referring = replace(decider, rules=RuleBook(decider.contract, rules, {}))

    assert RefusedClients(decider, clients).without(SCORES).granted > 0
    assert RefusedClients(referring, clients).without(SCORES).granted == 0


def test_only_what_the_contract_lets_an_application_leave_out_is_measured(decider, clients):
    must_send = {"AMT_CREDIT", "EXT_SOURCE_1", "EXT_SOURCE_2"}
    strict = with_contract(decider, required=("AMT_CREDIT", "EXT_SOURCE_1"), declared=("EXT_SOURCE_2",))

    measured = {name for omission in omissions(strict, clients, {}) for name in omission.fields}

    assert measured == set(used_fields(decider)) - must_send


@pytest.mark.parametrize(("otherwise", "can_be_withheld"), [("decide", True), ("refer", False)])
def test_a_required_category_can_be_withheld_by_an_unknown_level_where_the_model_decides(
    decider, otherwise, can_be_withheld
):
    rules = Rules(unusual_values=UnusualValues(otherwise=otherwise))
    scorecard = decider.scorecard.model_copy(update={"rules": rules})
    strict = replace(with_contract(decider, required=("CODE_GENDER",)), scorecard=scorecard)

    assert ("CODE_GENDER" in omissible(strict, ["CODE_GENDER"])) is can_be_withheld


def test_a_required_category_whose_rare_levels_count_as_one_cannot_be_withheld(decider):
    scorecard = decider.scorecard.model_copy(update={"rules": Rules(unusual_values=UnusualValues(otherwise="decide"))})
    strict = replace(with_contract(decider, required=("CODE_GENDER",), rest=("CODE_GENDER",)), scorecard=scorecard)

    assert omissible(strict, ["CODE_GENDER"]) == []


def test_topics_history_and_everything_optional_are_left_out_together(decider, clients):
    topics = dict.fromkeys(SCORES, "EXTERNAL_SCORE")
    two_past = with_contract(decider, history=("BUREAU_ROWS_COUNT_ALL", "DAYS_EMPLOYED"))

    groups = {each.name: set(each.fields) for each in omissions(two_past, clients, topics) if len(each.fields) > 1}

    assert groups["EXTERNAL_SCORE"] == set(SCORES)
    assert groups["history"] == {"BUREAU_ROWS_COUNT_ALL", "DAYS_EMPLOYED"} & set(used_fields(decider))
    assert groups["everything optional"] == set(omissible(two_past, used_fields(decider)))


def test_of_very_many_refused_clients_the_same_sample_is_decided_again(decider, clients, monkeypatch):
    monkeypatch.setattr("custom_model.omission.MOST_REFUSED", 20)

    first, second = (RefusedClients(decider, clients, seed=3).without(SCORES) for _ in range(2))

    assert first.refused == 20
    assert first == second


@pytest.mark.parametrize(
    ("refused", "granted", "highest"),
    [
        (190, 0, 0.0198),  # Wilson: z^2 / (n + z^2)
        (1_000, 0, 0.0038),
        (540, 4, 0.0189),
        (0, 0, 1.0),  # nobody was refused: nothing is known
    ],
)
def test_the_upper_end_is_wilsons(refused, granted, highest):
    assert Omission("A", ("A",), refused, granted).highest == pytest.approx(highest, abs=5e-5)
