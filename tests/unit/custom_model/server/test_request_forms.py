"""The forms of a request in the document: valid there exactly where the service decides."""

from dataclasses import replace

import pytest
from jsonschema_rs import Draft202012Validator

from custom_model.alternatives import Move
from custom_model.errors import BadRequest
from custom_model.history.completed import Completed, request_sources
from custom_model.origin import Origin
from custom_model.ranges import Range
from custom_model.rules import RuleBook, Rules
from custom_model.server.request_forms import RequestForms
from custom_model.service import DecisionService


class Store:
    """A history store that knows no client."""

    def complete(self, contract, applications):
        return Completed(applications.values, request_sources(contract, applications.values))


def served(decider, request_threshold: str, has_store: bool) -> DecisionService:
    """A service that requires income and credit, and demands a declared score and history."""
    contract = decider.contract.requiring(("AMT_INCOME_TOTAL", "AMT_CREDIT"), ("EXT_SOURCE_1", "BUREAU_ROWS_COUNT_ALL"))
    rules, ranges = Rules(request_threshold=request_threshold), {"EXT_SOURCE_2": Range(lowest=0, highest=1)}
    scorecard = decider.scorecard.model_copy(update={"rules": rules, "ranges": ranges})
    bounded = replace(decider, contract=contract, scorecard=scorecard, rules=RuleBook(contract, rules, ranges))
    return DecisionService(bounded, Origin(), Store() if has_store else None)


def is_valid(service: DecisionService, request: dict) -> bool:
    forms = RequestForms(service.decider, service.history is not None)
    valid = []
    for form in forms.forms:
        schema = {
            "type": "object",
            "properties": {
                "inputs": {"type": "array", "items": {"$ref": f"#/components/schemas/{form.application}"}},
                "params": {"$ref": f"#/components/schemas/{form.params}"},
            },
            "required": ["inputs", "params"] if form.needs_params else ["inputs"],
            "components": {"schemas": forms.schemas},
        }
        valid.append(Draft202012Validator(schema).is_valid(request))
    return any(valid)


def is_decided(service: DecisionService, request: dict) -> bool:
    try:
        service.decide(request["inputs"], request.get("params"))
    except BadRequest:
        return False
    return True


CHANGES = {
    "complete": {},
    "no income": {"AMT_INCOME_TOTAL": None},
    "income left out": {"AMT_INCOME_TOTAL": ...},
    "score null": {"EXT_SOURCE_1": None},
    "score left out": {"EXT_SOURCE_1": ...},
    "history null": {"BUREAU_ROWS_COUNT_ALL": None},
    "history left out": {"BUREAU_ROWS_COUNT_ALL": ...},
    "score above 1": {"EXT_SOURCE_2": 1.5},
    "unknown field": {"SHOE_SIZE": 43},
    "category unknown": {"CODE_GENDER": "é" * 1_000},
    "category too long": {"CODE_GENDER": "é" * 1_001},
    "category with NUL": {"CODE_GENDER": "a\0b"},
    "no id": {"SK_ID_CURR": None},
    "history and id left out": {"BUREAU_ROWS_COUNT_ALL": ..., "SK_ID_CURR": ...},
}
PARAMS = [
    *(None, {}, {"reasons": "all"}, {"history": "none"}, {"history": "sent"}, {"simulate": False}, {"simulate": True}),
    *({"threshold": 0.5}, {"threshold": 0.5, "simulate": True}, {"speed": 1}),
    *({"explanation": "none"}, {"explanation": "topics"}, {"explanation": "topics", "simulate": True}),
    *({"alternatives": "none"}, {"alternatives": "refused"}, {"alternatives": "refused", "simulate": True}),
]


@pytest.mark.parametrize("has_store", [True, False], ids=["store", "no store"])
@pytest.mark.parametrize("request_threshold", ["simulate", "allow", "forbid"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_request_is_valid_where_the_service_decides(decider, application, change, request_threshold, has_store):
    service = served(decider, request_threshold, has_store)
    changed = {name: value for name, value in {**application, **CHANGES[change]}.items() if value is not ...}

    requests = [{"inputs": [changed], **({} if params is None else {"params": params})} for params in PARAMS]

    assert [is_valid(service, request) for request in requests] == [is_decided(service, each) for each in requests]


@pytest.mark.parametrize("params", [each for each in PARAMS if each and "alternatives" in each], ids=str)
def test_alternatives_are_valid_where_the_policy_lets_the_loan_move(decider, application, params):
    moves = {"AMT_CREDIT": Move(lower=0.3)}
    offering = replace(decider, scorecard=decider.scorecard.model_copy(update={"alternatives": moves}))

    assert is_valid(DecisionService(offering, Origin()), {"inputs": [application], "params": params})
    is_refused = params["alternatives"] == "refused"
    assert is_valid(DecisionService(decider, Origin()), {"inputs": [application], "params": params}) is not is_refused


@pytest.mark.parametrize("moves", [{}, {"AMT_CREDIT": Move(lower=0.3)}], ids=["no moves", "moves"])
@pytest.mark.parametrize("request_threshold", ["simulate", "allow", "forbid"])
def test_a_param_in_the_query_is_valid_where_a_simulation_takes_it(decider, application, request_threshold, moves):
    service = served(decider, request_threshold, has_store=False)
    offering = replace(service.decider, scorecard=service.decider.scorecard.model_copy(update={"alternatives": moves}))
    service = replace(service, decider=offering)
    parameters = {each["name"]: each["schema"] for each in RequestForms(offering, False).query_parameters}
    values = {
        "threshold": [0.5, 0, 1, "half"],
        "reasons": ["refused", "all", "none", "", "some"],
        "history": ["sent", "none", "store"],
        "simulate": [True, "yes"],
        "alternatives": ["none", "refused", "all"],
        "explanation": ["none", "topics", "all"],
    }

    assert parameters.keys() == values.keys()
    for name, texts in values.items():
        for value in texts:
            request = {"inputs": [application], "params": {"simulate": True, name: value}}
            assert Draft202012Validator(parameters[name]).is_valid(value) == is_decided(service, request), (name, value)


@pytest.mark.parametrize("request_threshold", ["simulate", "allow", "forbid"])
def test_a_threshold_in_the_query_says_where_the_policy_forbids_it_outside_a_simulation(decider, request_threshold):
    forms = RequestForms(served(decider, request_threshold, has_store=False).decider, False)

    (threshold,) = [each["schema"] for each in forms.query_parameters if each["name"] == "threshold"]

    assert threshold["description"].endswith("Only beside simulate=true.") == (request_threshold == "forbid")


@pytest.mark.parametrize(
    "identity", ["7", " a ", "x" * 200, None, "x" * 201, "", " ", "a\nb", "\x1b[2J", "\u202ea", 7], ids=repr
)
@pytest.mark.parametrize("has_store", [True, False], ids=["store", "no store"])
def test_a_text_id_is_valid_where_the_service_takes_it(decider, application, identity, has_store):
    service = served(decider, "simulate", has_store)
    contract = service.decider.contract.model_copy(update={"id_is_text": True})
    service = replace(service, decider=replace(service.decider, contract=contract))

    request = {"inputs": [{**application, "SK_ID_CURR": identity}]}

    assert is_valid(service, request) == is_decided(service, request)
    assert is_decided(service, request) == (identity in ("7", " a ", "x" * 200, None))


@pytest.mark.parametrize("has_store", [True, False])
def test_the_shortest_request_is_decided_and_cannot_be_shortened(decider, application, has_store):
    service = served(decider, "simulate", has_store)

    request = service.decider.contract.shortest_request(application)

    assert is_decided(service, {**request, "inputs": [{**request["inputs"][0], "SK_ID_CURR": 7}]})
    for name in request["inputs"][0]:
        rest = {field: value for field, value in request["inputs"][0].items() if field != name}
        assert not is_decided(service, {**request, "inputs": [{**rest, "SK_ID_CURR": 7}]})


def test_a_field_that_must_be_sent_says_why(decider):
    service = served(decider, "simulate", True)
    because = {"AMT_CREDIT": "it is always asked", "EXT_SOURCE_1": "without it 9.0% would be granted"}
    scorecard = service.decider.scorecard.model_copy(update={"because": because})

    fields = RequestForms(replace(service.decider, scorecard=scorecard), True).schemas["Application"]["properties"]

    assert fields["AMT_CREDIT"]["description"] == "Must have a value: it is always asked."
    assert fields["EXT_SOURCE_1"]["description"] == (
        "Must be sent, null where there is none: without it 9.0% would be granted."
    )


def test_a_category_says_that_its_rare_levels_count_as_one(decider):
    contract = decider.contract.model_copy(update={"rest": ("CODE_GENDER",)})

    fields = RequestForms(replace(decider, contract=contract), True).schemas["Application"]["properties"]

    rest = "All texts but the examples are rare, and count as one category."
    assert fields["CODE_GENDER"]["description"].endswith(rest)
    assert fields["CODE_GENDER"]["examples"] == ["F", "M", "XNA"]
    assert rest not in fields["NAME_CONTRACT_TYPE"].get("description", "")
