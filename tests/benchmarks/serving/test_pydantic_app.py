"""FastAPI and pydantic: the same decisions as this model's, and the same strictness."""

from collections.abc import Iterator

import mlflow
import pytest
import requests

from benchmarks.serving.contenders import serve_pydantic

pytestmark = pytest.mark.slow
OWN = {"decision_id", "recorded", "model"}


@pytest.fixture(scope="module")
def url(subject) -> Iterator[str]:
    with serve_pydantic(subject, workers=1) as url:
        yield f"{url}/invocations"


def without_own(decision: dict) -> dict:
    return {name: value for name, value in decision.items() if name not in OWN}


def test_decisions_are_those_of_this_model(url, subject):
    rows = subject.applications(20)
    body = {"inputs": rows, "params": {"reasons": "none"}}

    answer = requests.post(url, timeout=60, json=body)

    assert answer.status_code == 200, answer.text
    expected = mlflow.pyfunc.load_model(subject.uri).predict(rows, params={"reasons": "none"})
    assert [without_own(decision) for decision in answer.json()["predictions"]] == [
        without_own(decision) for decision in expected
    ]


@pytest.mark.parametrize("change", [{"NOBODY_KNOWS": 1}, {"AMT_CREDIT": "much"}])
def test_fields_outside_the_contract_are_rejected(url, subject, change):
    answer = requests.post(url, timeout=60, json={"inputs": [{**subject.rows["few"], **change}]})

    assert answer.status_code == 422


def test_unknown_params_are_rejected(url, subject):
    answer = requests.post(url, timeout=60, json={"inputs": [subject.rows["few"]], "params": {"thresholds": 0.5}})

    assert answer.status_code == 422
