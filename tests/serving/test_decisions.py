"""Answers of both real servers to good requests."""

import uuid

import lightgbm as lgb
import mlflow
import pytest
import requests

from steps.tables.home_credit import ID

pytestmark = pytest.mark.slow

FIELDS = {
    "client_id", "decision", "probability_of_default", "threshold", "threshold_source", "expected_cost_granted",
    "expected_cost_refused", "reasons", "unknown_categories", "unusual", "missing", "policy_rules", "history", "model",
    "decision_id", "simulated", "recorded",
}  # fmt: skip


def decide(server, rows, **params):
    answer = requests.post(f"{server}/invocations", json={"inputs": rows, "params": params}, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.json()["predictions"]


def test_a_decision_follows_from_its_probability_threshold_and_costs(either, applications):
    for decision in decide(either, applications):
        assert set(decision) == FIELDS
        probability = decision["probability_of_default"]
        assert 0 < probability < 1
        assert decision["threshold"] == pytest.approx(1 / 11)
        assert decision["threshold_source"] == "policy"
        assert decision["decision"] == ("refused" if probability >= decision["threshold"] else "granted")
        # A missed default costs 10, a good client refused 1: policy.yaml.
        assert decision["expected_cost_granted"] == pytest.approx(10 * probability)
        assert decision["expected_cost_refused"] == pytest.approx(1 - probability)
        assert decision["policy_rules"] == []
        assert (decision["simulated"], decision["recorded"]) == (False, False)


def test_decisions_come_in_the_order_of_the_applications(either, applications):
    decisions = decide(either, applications)

    assert [decision["client_id"] for decision in decisions] == [row[ID] for row in applications]


def test_each_decision_has_the_name_and_version_of_the_served_model(either, applications, champion):
    assert decide(either, applications[:1])[0]["model"] == f"{champion.model_name}/{champion.version}"


def test_each_decision_has_a_unique_identifier_that_sorts_by_time(either, applications):
    identifiers = [d["decision_id"] for d in decide(either, applications[:5]) + decide(either, applications[:5])]

    assert len(set(identifiers)) == 10
    assert all(uuid.UUID(identifier).version == 7 for identifier in identifiers)
    assert max(identifiers[:5])[:13] <= min(identifiers[5:])[:13]


def test_a_threshold_in_the_request_overrides_the_policy_for_this_request_only(either, applications):
    strict = decide(either, applications, threshold=0.001)
    policy = decide(either, applications)

    assert {decision["threshold"] for decision in strict} == {0.001}
    assert {decision["threshold_source"] for decision in strict} == {"request"}
    assert sum(d["decision"] == "refused" for d in strict) > sum(d["decision"] == "refused" for d in policy)
    assert [d["probability_of_default"] for d in strict] == [d["probability_of_default"] for d in policy]


@pytest.mark.parametrize(
    ("reasons", "explained"),
    [("refused", {"refused"}), ("all", {"refused", "granted"}), ("none", set())],
)
def test_reasons_are_for_the_requested_decisions(either, applications, reasons, explained):
    decisions = decide(either, applications, reasons=reasons, threshold=0.07)

    assert {d["decision"] for d in decisions} == {"refused", "granted"}
    for decision in decisions:
        assert bool(decision["reasons"]) == (decision["decision"] in explained)


def test_reasons_are_at_most_four_positive_and_sorted_by_contribution(either, applications):
    for decision in decide(either, applications, reasons="all"):
        contributions = [reason["contribution"] for reason in decision["reasons"]]
        assert len(contributions) <= 4
        assert contributions == sorted(contributions, reverse=True)
        assert all(contribution > 0 for contribution in contributions)
        assert len({reason["code"] for reason in decision["reasons"]}) == len(contributions)
        for reason in decision["reasons"]:
            assert set(reason) == {"code", "feature", "text", "contribution"}
            assert reason["text"][0].isupper()
            assert reason["feature"] not in reason["text"]


def test_absent_and_null_fields_are_both_missing_where_the_contract_lets_them_be_absent(either, applications, contract):
    application = applications[0]
    null = {name for name, value in application.items() if value is None}.difference(contract.declared)
    assert null

    absent = {name: value for name, value in application.items() if name not in null}

    assert (
        decide(either, [absent])[0]["probability_of_default"]
        == decide(either, [application])[0]["probability_of_default"]
    )


def test_history_has_the_request_as_its_source_if_it_had_any(either, applications, table):
    with_history = next(row for row in applications if any(row[name] is not None for name in table.lineage.history))
    without = {name: value for name, value in with_history.items() if name not in table.lineage.history}

    assert decide(either, [with_history])[0]["history"] == "request"
    assert decide(either, [without], history="none")[0]["history"] == "none"
    assert decide(either, [without], history="none")[0]["missing"][-1] == "history"


def test_history_must_be_sent_or_declared_as_none_without_a_history_store(either, applications, contract):
    without = {name: value for name, value in applications[0].items() if name not in contract.history}

    answer = requests.post(f"{either}/invocations", json={"inputs": [without]}, timeout=60)

    assert answer.status_code == 400
    (problem,) = answer.json()["problems"]
    assert problem["problem"].startswith("the client's history was left out: send ")


@pytest.mark.parametrize("fields", [{"AMT_CREDIT": 9e8, "AMT_INCOME_TOTAL": 1}, {"NAME_EDUCATION_TYPE": "Astronaut"}])
def test_what_training_never_saw_the_like_of_is_referred_to_a_person(either, applications, fields):
    (decision,) = decide(either, [{**applications[0], **fields}])

    assert decision["decision"] == "referred"
    assert decision["policy_rules"]
    named = {*decision["unusual"], *decision["unknown_categories"]}
    assert {*fields} <= named


def test_a_simulation_may_leave_out_any_field_and_a_threshold_makes_one(either, applications):
    (empty,) = decide(either, [{}], simulate=True)
    (strict,) = decide(either, [applications[0]], threshold=0.001)

    assert (empty["simulated"], strict["simulated"]) == (True, True)
    assert (empty["recorded"], strict["recorded"]) == (False, False)
    assert empty["policy_rules"] == ["least_information: any_external_score"]


def test_an_unknown_category_counts_as_missing_and_is_listed(either, applications):
    with_unknown = {**applications[0], "NAME_INCOME_TYPE": "Astronaut", "CODE_GENDER": "?"}
    with_null = {**applications[0], "NAME_INCOME_TYPE": None, "CODE_GENDER": None}

    unknown, null = decide(either, [with_unknown, with_null], simulate=True)

    assert sorted(unknown["unknown_categories"]) == ["CODE_GENDER", "NAME_INCOME_TYPE"]
    assert null["unknown_categories"] == []
    assert unknown["probability_of_default"] == null["probability_of_default"]


def test_an_application_without_an_id_is_decided(either, applications):
    assert decide(either, [{**applications[0], ID: None}])[0]["client_id"] is None


def test_the_same_application_gets_the_same_probability_in_any_batch(either, applications):
    together = [d["probability_of_default"] for d in decide(either, applications)]
    alone = [decide(either, [row])[0]["probability_of_default"] for row in applications]

    assert alone == together


def test_parquet_and_a_dataframe_give_the_decisions_of_json(either, applications, champion, complete):
    expected = [d["probability_of_default"] for d in decide(either, applications)]
    frame = complete.head(len(applications))

    answer = requests.post(
        f"{either}/invocations",
        data=frame.to_parquet(index=False),
        headers={"Content-Type": "application/vnd.apache.parquet"},
        timeout=60,
    )
    loaded = mlflow.pyfunc.load_model(champion.uri).predict(frame)

    assert [d["probability_of_default"] for d in answer.json()["predictions"]] == expected
    assert loaded["probability_of_default"].tolist() == expected
    assert [d["client_id"] for d in answer.json()["predictions"]] == frame[ID].tolist()


def test_the_bare_booster_loads_through_mlflows_lightgbm_flavor(champion):
    booster = mlflow.lightgbm.load_model(champion.uri)

    assert isinstance(booster, lgb.Booster)
    assert booster.num_trees() > 0
