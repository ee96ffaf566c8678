"""The OpenAPI document matches the hardened server: schemathesis sends valid and invalid data to the real one."""

import pandas as pd
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator
from schemathesis.config import SchemathesisConfig

from tests.applications import COMPLETE as GOOD

pytestmark = pytest.mark.slow

PARQUET = "application/vnd.apache.parquet"
schemathesis.openapi.media_type(PARQUET, st.sampled_from([pd.DataFrame([GOOD] * n).to_parquet() for n in (1, 3)]))

# 413 is for more applications than `maxItems`.
CONFIG = SchemathesisConfig.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": ["400", "413"]}}})


@pytest.fixture(scope="module")
def document(hardened):
    return requests.get(f"{hardened}/openapi.json", timeout=10).json()


@pytest.mark.parametrize("mode", schemathesis.GenerationMode)
def test_the_server_answers_what_the_document_allows_and_refuses_what_it_forbids(hardened, document, mode):
    operation = schemathesis.openapi.from_dict(document, config=CONFIG)["/invocations"]["POST"]
    media_types: set[str | None] = set()

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=100, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=[*HealthCheck]
    )
    def each_answer_matches_the_document(case):
        if mode == schemathesis.GenerationMode.POSITIVE and case.media_type != PARQUET:
            case.query = {}  # OpenAPI cannot bind parameters to a media type: their description does
        media_types.add(case.media_type)
        case.call_and_validate(base_url=hardened)

    each_answer_matches_the_document()
    assert media_types >= {PARQUET, "application/json"}


def test_readiness_matches_the_document(hardened, document):
    schemathesis.openapi.from_dict(document)["/ready"]["GET"].Case().call_and_validate(base_url=hardened)


def test_every_answer_has_a_description_and_a_schema(document):
    answers = {
        (path, status): answer
        for path, operations in document["paths"].items()
        for operation in operations.values()
        for status, answer in operation["responses"].items()
    }

    assert {("/invocations", "503"), ("/ready", "503")} < answers.keys()
    for answer in answers.values():
        assert answer["description"]
        assert answer["content"]["application/json"]["schema"]


def test_the_example_is_decided(hardened, document):
    content = document["paths"]["/invocations"]["post"]["requestBody"]["content"]["application/json"]

    answer = requests.post(f"{hardened}/invocations", json=content["example"], timeout=10)

    assert [row["decision"] for row in answer.json()["predictions"]] in (["granted"], ["refused"])


def test_every_field_of_the_contract_is_in_the_document_and_all_that_must_be_sent(document, table, contract):
    schemas = document["components"]["schemas"]
    application = schemas["Application"]

    assert set(application["properties"]) == {*table.fields, table.lineage.id}
    assert application["required"] == [*contract.required, *sorted(contract.declared_by_request)]
    assert schemas["ApplicationWithHistory"]["required"] == sorted(contract.declared_history)
    assert application["additionalProperties"] is False


def test_each_field_that_must_be_sent_says_why(document, contract):
    fields = document["components"]["schemas"]["Application"]["properties"]

    assert {"AMT_CREDIT", "AMT_ANNUITY", "DAYS_BIRTH", "EXT_SOURCE_2"} <= set(contract.required)
    for name in contract.required:
        assert "Must have a value: " in fields[name]["description"], name
    for name in contract.declared:
        assert "Must be sent, null where there is none: " in fields[name]["description"], name


def test_every_field_of_the_contract_has_a_description_and_numbers_have_unit_and_bounds(document, table):
    fields = document["components"]["schemas"]["Application"]["properties"]

    assert [name for name, field in fields.items() if not field.get("description")] == []
    assert fields["AMT_CREDIT"]["description"].startswith("Amount of the loan asked for. Unit: amount of money. Must")
    for name, meaning in table.lineage.meanings.items():
        bounds = fields[name] if not meaning.special else fields[name]["anyOf"][0]
        assert bounds.get("minimum") == meaning.lowest, name
        assert bounds.get("maximum") == meaning.highest, name
        assert meaning.unit in fields[name]["description"], name


@pytest.mark.parametrize(("value", "is_valid"), [(-36525, True), (0, True), (1, False), (365243, True)])
def test_a_special_value_is_allowed_beside_the_bounds(document, value, is_valid):
    schema = document["components"]["schemas"]["Application"]["properties"]["DAYS_EMPLOYED"]

    assert Draft202012Validator(schema).is_valid(value) is is_valid


@pytest.mark.parametrize("name", ["Decision", "Reason"])
def test_every_field_of_the_answer_has_a_description(document, name):
    schema = document["components"]["schemas"][name]

    assert "----" not in schema["description"]
    assert [name for name, field in schema["properties"].items() if not field.get("description")] == []


def test_each_param_of_json_is_a_parameter_of_the_query(document):
    operation = document["paths"]["/invocations"]["post"]
    params = document["components"]["schemas"]["Simulation"]["properties"]

    query = {each["name"]: each for each in operation["parameters"] if each["in"] == "query"}

    assert {name: each["schema"] for name, each in query.items()} == params
    assert all("For a Parquet body only" in each["description"] for each in query.values())
    assert PARQUET in operation["requestBody"]["content"]
