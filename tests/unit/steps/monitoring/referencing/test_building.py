"""The reference of a model: fields of its training, its own decisions on others, groups that requests can be put in."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from custom_model.applications import validate
from custom_model.costs import is_refused
from custom_model.model import decider as decider_of
from custom_model.params import RequestParams
from custom_model.rules import HISTORY, InformationGroup, Rules
from steps.evaluation.groups import attribute_groups, groups_by_segment
from steps.monitoring.referencing import building
from steps.monitoring.referencing.columns import column_of
from steps.monitoring.referencing.groups import MOST_GROUPS, groups_of
from steps.monitoring.referencing.membership import members
from steps.monitoring.referencing.own_model import OwnModel
from steps.run.policy import Segment
from tests.unit.steps.monitoring.references import POLICY, reference_of, table_of


@pytest.fixture(scope="module")
def table(contract, values):
    return table_of(contract, values)


@pytest.fixture(scope="module")
def reference(decider, table):
    return reference_of(decider, table)


@pytest.fixture(scope="module")
def decisions(decider, table):
    """The model's decisions on the hundred held-out clients, with reasons."""
    applications, _ = validate(decider.contract, table.frame[[table.lineage.id, *table.fields]].tail(100), True)
    return decider.decide(applications, RequestParams(reasons="refused", simulate=True))


def test_every_field_of_the_contract_is_counted_for_all_clients_of_the_training(reference, contract, table):
    assert tuple(reference.fields) == contract.fields
    assert all(field.counts.sum() == reference.clients == 300 for field in reference.fields.values())
    assert reference.inputs == tuple(name for name in contract.fields if name in reference.inputs)
    income = table.frame["AMT_INCOME_TOTAL"].head(300)
    assert reference.fields["AMT_INCOME_TOTAL"].least == income.min()
    assert reference.fields["AMT_INCOME_TOTAL"].greatest == income.max()
    assert reference.fields["AMT_INCOME_TOTAL"].counts[-1] == income.isna().sum()
    assert reference.fields["CODE_GENDER"].least is None


def test_decisions_are_the_models_own_on_clients_that_it_has_not_seen(reference, decisions, scorecard):
    assert reference.decided.outcomes == {"referred": 0, **Counter(each["decision"] for each in decisions)}
    assert reference.decided.clients == reference.decided.scores.sum() == 100
    costs = [min(each["expected_cost_granted"], each["expected_cost_refused"]) for each in decisions]
    assert reference.decided.expected_cost == pytest.approx(np.mean(costs))
    assert reference.threshold == scorecard.costs.threshold
    edges = np.array(reference.score.edges)
    assert (
        reference.decided.scores[np.searchsorted(edges, reference.threshold) + 1 :].sum()
        == (reference.decided.outcomes["refused"])
    )


def test_reasons_are_those_of_refusals(reference, decisions):
    refused = [each for each in decisions if each["decision"] == "refused"]

    assert reference.explained == len(refused) > 10
    assert reference.reasons == Counter(reason["code"] for each in refused for reason in each["reasons"])


def test_rules_of_the_policy_decide_in_the_reference_too(decider, table, scorecard):
    rules = Rules(least_information={"scores": InformationGroup(fields=("EXT_SOURCE_1",), otherwise="refer")})
    strict = decider_of(decider.contract, scorecard.model_copy(update={"rules": rules}), decider.scorer.booster, "m")

    decided = reference_of(strict, table).decided

    without = table.frame["EXT_SOURCE_1"].tail(100).isna().sum()
    assert decided.outcomes["referred"] == decided.referred.sum() == without > 3


def test_groups_have_the_names_of_reports_and_all_their_clients(reference, table):
    rows = np.arange(400) < 300
    named = [(group.attribute, group.name, group.clients) for _, group in groups_by_segment(table, rows, POLICY)]
    for name, attribute in (("CODE_GENDER", "CODE_GENDER"), ("DAYS_BIRTH", "Age")):
        found = attribute_groups(name, table.frame.loc[rows, name], table.lineage.meanings)
        named += [(attribute, each.name, each.clients) for each in found]

    in_words = [(each.group.attribute, each.group.name, each.clients) for each in reference.groups]

    assert [each[1:] for each in in_words] == [each[1:] for each in named]
    assert {attribute for attribute, *_ in in_words} >= {"client", "contract", "size", "Age"}
    assert [each.group.is_protected for each in reference.groups].count(True) == 3 + 5


def test_a_groups_fields_and_decisions_are_those_of_its_members(reference, table):
    frame = table.frame.head(300)
    for each in reference.groups:
        inside = members(
            each.group,
            lambda name: column_of(frame, name, name not in ("CODE_GENDER", "NAME_CONTRACT_TYPE")),
            frame["BUREAU_ROWS_COUNT_ALL"].notna().to_numpy(),
        )
        assert inside.sum() == each.clients
        field = reference.fields["AMT_CREDIT"].bins
        column = column_of(frame, "AMT_CREDIT", True)[inside]
        assert np.array_equal(each.fields["AMT_CREDIT"], field.in_coarse(field.counts(column)))
        assert each.decided.scores.sum() == each.decided.clients
    by_attribute = Counter(each.group.attribute for each in reference.groups for _ in range(each.clients))
    assert by_attribute["client"] == 300


def test_groups_of_an_age_are_bounded_by_days_as_reports_bound_them_by_years(contract, values):
    days = values.copy()
    days[:, contract.column_of["DAYS_BIRTH"]] = -np.random.default_rng(4).integers(7_300, 25_600, len(values))
    table = table_of(contract, days)
    column = table.frame["DAYS_BIRTH"]

    for group in attribute_groups("DAYS_BIRTH", column, table.lineage.meanings):
        low = -np.inf if group.low is None else group.low
        high = np.inf if group.high is None else group.high
        assert np.array_equal(group.members, (column >= low) & (column < high))


def test_an_attribute_of_many_values_has_its_largest_groups(contract, values):
    table = table_of(contract, values)
    sizes = np.repeat(np.arange(30), np.arange(30) + 20)
    frame = pd.concat([table.frame] * 4, ignore_index=True).head(len(sizes))
    table.frame = frame.assign(NAME_CONTRACT_TYPE=[f"type {place:02}" for place in sizes])
    policy = POLICY.model_copy(update={"segments": {"contract": Segment(by="NAME_CONTRACT_TYPE")}})

    names = [each.name for each in groups_of(table, np.ones(len(frame), bool), policy) if not each.is_protected]

    assert names == [f"type {place:02}" for place in range(10, 30)]
    assert len(names) == MOST_GROUPS


def test_clients_with_equal_fields_are_counted_beyond_the_first(decider, contract, values):
    alike = values.copy()
    alike[1:3] = alike[0]

    assert reference_of(decider, table_of(contract, alike)).repeated == 2


def test_at_most_so_many_are_decided_and_explained_and_the_same_ones_each_time(decider, table, monkeypatch):
    monkeypatch.setattr(building, "MOST_DECIDED", 40)
    monkeypatch.setattr(building, "MOST_EXPLAINED", 5)

    first, second = (reference_of(decider, table) for _ in range(2))

    assert (first.decided.clients, first.explained) == (40, 5)
    assert first.decided.scores.tolist() == second.decided.scores.tolist()
    assert first.reasons == second.reasons


def test_a_client_that_breaks_the_contract_is_not_decided_and_the_others_are(decider, table):
    frame = table.frame[[table.lineage.id, *table.fields]].head(50).astype({"AMT_CREDIT": object})
    frame.loc[7, "AMT_CREDIT"] = "a lot"

    decisions = OwnModel(decider).decide(frame)

    assert np.flatnonzero(decisions.outcome == 3).tolist() == [7]
    assert np.isnan(decisions.probability[7])
    rest = np.delete(np.arange(50), 7)
    assert np.array_equal(decisions.refused[rest], is_refused(decisions.probability[rest], decisions.threshold[rest]))


def test_history_is_a_group_only_where_the_contract_has_any(decider, table):
    reference = reference_of(decider, table)

    assert [each.group.level for each in reference.groups if each.group.field == HISTORY] == ["known", "new"]
