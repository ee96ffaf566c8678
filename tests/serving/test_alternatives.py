"""Alternatives of both real servers: exactly what a request of its own with their values gets."""

import pytest
import requests

from tests.serving.test_decisions import decide

pytestmark = pytest.mark.slow


def test_an_alternative_is_granted_with_the_same_bits_when_it_is_asked_for_by_itself(either, applications):
    offered = 0
    for row in applications:
        smaller = {**row, **{name: round(0.7 * row[name], 2) for name in ("AMT_CREDIT", "AMT_ANNUITY")}}
        (whole,), (part,) = (decide(either, [each], simulate=True) for each in (row, smaller))
        if part["probability_of_default"] >= whole["probability_of_default"]:
            continue
        threshold = (whole["probability_of_default"] + part["probability_of_default"]) / 2
        (refused,) = decide(either, [row], threshold=threshold, alternatives="refused")
        if refused["policy_rules"]:
            continue
        (alternative,) = refused["alternatives"]
        (own,) = decide(either, [{**row, **alternative["values"]}], threshold=threshold)
        assert refused["decision"] == "refused"
        assert alternative["field"] == "AMT_CREDIT"
        assert alternative["values"].keys() == {"AMT_CREDIT", "AMT_ANNUITY"}
        assert 0.7 * row["AMT_CREDIT"] - 0.01 <= alternative["values"]["AMT_CREDIT"] < row["AMT_CREDIT"]
        assert own["decision"] == "granted"
        assert own["probability_of_default"] == alternative["probability_of_default"]
        offered += 1
    assert offered >= 3


def test_the_document_has_alternatives_and_a_value_that_is_none_is_an_error(hardened, applications):
    schemas = requests.get(f"{hardened}/openapi.json", timeout=10).json()["components"]["schemas"]
    wrong = {"inputs": applications[:1], "params": {"alternatives": "all"}}

    answer = requests.post(f"{hardened}/invocations", json=wrong, timeout=10)

    assert schemas["Params"]["properties"]["alternatives"]["enum"] == ["none", "refused"]
    assert schemas["Alternative"]["properties"]["values"]["description"]
    assert "alternatives" not in schemas["Decision"]["required"]
    assert answer.status_code == 400
    assert answer.json()["problems"][0]["field"] == "params.alternatives"
