"""The requests of docs/fields.md are decided as they are written there."""

import json

import pytest
import requests

from steps.tables.fields_page import request

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ["minimal", "realistic"])
def test_a_documented_request_is_decided(either, name):
    answer = requests.post(
        f"{either}/invocations", request(name), headers={"Content-Type": "application/json"}, timeout=60
    )

    assert answer.status_code == 200, answer.text
    (decision,) = answer.json()["predictions"]
    assert decision["decision"] in ("granted", "refused")
    assert decision["client_id"] == json.loads(request(name))["inputs"][0].get("SK_ID_CURR")


def test_the_realistic_request_asks_for_reasons_and_gets_them(either):
    answer = requests.post(
        f"{either}/invocations", request("realistic"), headers={"Content-Type": "application/json"}, timeout=60
    )

    (decision,) = answer.json()["predictions"]
    assert 1 <= len(decision["reasons"]) <= 4
