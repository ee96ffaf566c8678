"""The OpenAPI document says what the hardened server does: schemathesis asks the real one, with good data and bad."""

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def document(hardened):
    return requests.get(f"{hardened}/openapi.json", timeout=10).json()


@pytest.mark.parametrize("mode", schemathesis.GenerationMode)
def test_what_the_document_allows_is_answered_and_what_it_forbids_refused(hardened, document, mode):
    operation = schemathesis.openapi.from_dict(document)["/invocations"]["POST"]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=100, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=[*HealthCheck]
    )
    def each_answer_is_as_the_document_says(case):
        case.call_and_validate(base_url=hardened)

    each_answer_is_as_the_document_says()


def test_readiness_is_told_as_the_document_says(hardened, document):
    schemathesis.openapi.from_dict(document)["/ready"]["GET"].Case().call_and_validate(base_url=hardened)


def test_the_example_is_decided_about(hardened, document):
    [(media_type, content)] = document["paths"]["/invocations"]["post"]["requestBody"]["content"].items()

    answer = requests.post(f"{hardened}/invocations", json=content["example"], timeout=10)

    assert media_type == "application/json"
    assert [row["decision"] for row in answer.json()["predictions"]] in (["granted"], ["refused"])


def test_every_field_of_the_contract_is_in_the_document(document, table):
    application = document["components"]["schemas"]["Application"]

    assert set(application["properties"]) == {*table.fields, table.lineage.id}
    assert application["required"] == ["AMT_INCOME_TOTAL", "AMT_CREDIT", "DAYS_BIRTH"]
    assert application["additionalProperties"] is False
