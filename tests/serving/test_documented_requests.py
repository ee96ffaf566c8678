"""The requests of docs/fields.md are decided.

They have what the model of `make run` demands. The champion of the tests learned from 2,500 clients, is less sure what
leaving a field out would win, and demands more: those fields are added from a client of its own.
"""

import json

import mlflow
import pytest
import requests

from steps.tables.fields_page import request

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demanded(champion, applications) -> dict:
    contract = mlflow.pyfunc.load_model(champion.uri).unwrap_python_model().service.decider.contract
    names = {*contract.required, *contract.declared_by_request}
    complete = next(each for each in applications if all(each[name] is not None for name in contract.required))
    return {name: value for name, value in complete.items() if name in names}


def documented(name: str, demanded: dict) -> dict:
    body = json.loads(request(name))
    return {**body, "inputs": [{**demanded, **application} for application in body["inputs"]]}


@pytest.mark.parametrize("name", ["minimal", "realistic"])
def test_a_documented_request_is_decided(either, demanded, name):
    body = documented(name, demanded)

    answer = requests.post(f"{either}/invocations", json=body, timeout=60)

    assert answer.status_code == 200, answer.text
    (decision,) = answer.json()["predictions"]
    assert decision["decision"] in ("granted", "refused", "referred")
    assert decision["client_id"] == body["inputs"][0].get("SK_ID_CURR")


def test_the_realistic_request_asks_for_reasons_and_gets_them(either, demanded):
    answer = requests.post(f"{either}/invocations", json=documented("realistic", demanded), timeout=60)

    (decision,) = answer.json()["predictions"]
    assert 1 <= len(decision["reasons"]) <= 4
