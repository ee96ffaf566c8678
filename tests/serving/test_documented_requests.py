"""The requests of docs/fields.md are decided as they are written there."""

import json

import pytest
import requests

from steps.tables.fields_page import request

pytestmark = pytest.mark.slow


def answer(server: str, name: str) -> dict:
    headers = {"Content-Type": "application/json"}
    answer = requests.post(f"{server}/invocations", request(name), headers=headers, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.json()["predictions"][0]


@pytest.mark.parametrize("name", ["minimal", "realistic"])
def test_a_documented_request_is_decided(either, name):
    decision = answer(either, name)

    assert decision["decision"] in ("granted", "refused")
    assert decision["client_id"] == json.loads(request(name))["inputs"][0].get("SK_ID_CURR")


def test_the_minimal_request_is_a_simulation_and_the_realistic_one_is_not(either):
    assert answer(either, "minimal")["simulated"] is True
    assert answer(either, "realistic")["simulated"] is False


def test_the_realistic_request_asks_for_reasons_and_gets_them(either):
    assert 1 <= len(answer(either, "realistic")["reasons"]) <= 4


def test_the_realistic_request_has_every_field_of_the_form(contract):
    (application,) = json.loads(request("realistic"))["inputs"]

    assert set(application) == {contract.id, *contract.fields} - set(contract.history)
