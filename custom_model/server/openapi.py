"""The OpenAPI document of the server, from the model's contract and input example."""

import json
import re
from typing import Any

from mlflow.pyfunc import PyFuncModel
from pydantic import TypeAdapter

from custom_model.decisions import Decision
from custom_model.scorecard import Scorecard
from custom_model.server.idempotency import KEY
from custom_model.server.media_types import JSON, PARQUET
from custom_model.server.request_forms import RequestForms
from custom_model.server.settings import Settings

Schema = dict[str, Any]

ERRORS = {
    "400": "The request cannot be read or breaks the contract; `problems` names each breach and repeats no value.",
    "408": "The head or the body did not arrive in time.",
    "413": "The body, or the number of applications, fields or bytes in it, exceeds `limit`.",
    "414": "The URL exceeds `limit`, in bytes.",
    "415": "The server does not read this media type, or a body with a Content-Encoding.",
    "422": "The Idempotency-Key belongs to another request of the last 24 h.",
    "431": "The headers exceed `limit`, in bytes or in number.",
    "500": "A fault of the server; its log has the trace under `incident_id`.",
    "503": "Busy, short of memory, or a store is down; nothing was decided: retry after Retry-After seconds.",
}


ATTRIBUTES = re.compile(r"^([\w, ]+) : .+\n((?:    .*(?:\n|$))+)", re.MULTILINE)
"""In a docstring: the names of attributes that share a description, and the description."""


def document(model: PyFuncModel, settings: Settings) -> Schema:
    """The document of /invocations and /ready for this model; all other routes are MLflow's and left out."""
    service = model.unwrap_python_model().service
    decider = service.decider
    forms = RequestForms(decider, service.history is not None)
    decision = _decision(decider.scorecard)
    schemas = {
        **{name: _described(schema) for name, schema in decision.pop("$defs", {}).items()},
        "Decision": _described(decision),
        **forms.schemas,
        "Error": _error(),
    }
    logged = json.loads(model.metadata.get_serving_input(settings.served_model) or "{}")
    example = decider.contract.shortest_request(logged["inputs"][0]) if logged else {}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Credit decisions", "version": service.origin.label},
        "paths": {
            "/invocations": {"post": _invocations(settings.max_rows, example, forms, service.log is not None)},
            "/ready": {"get": _readiness()},
        },
        "components": {"schemas": schemas},
    }


def _decision(scorecard: Scorecard) -> Schema:
    """The schema of a decision by this model: points and the cost of a review always or never, as its policy has them.

    Alternatives are there where they are asked for, or never.
    """
    schema = TypeAdapter(Decision).json_schema(ref_template="#/components/schemas/{model}")
    always = {"score": scorecard.score is not None, "expected_cost_referred": scorecard.costs.review is not None}
    absent = {name for name, is_there in always.items() if not is_there}
    if not scorecard.alternatives:
        absent.add("alternatives")
        schema["$defs"].pop("Alternative")
    return {
        **schema,
        "properties": {name: kind for name, kind in schema["properties"].items() if name not in absent},
        "required": [*schema["required"], *(name for name, is_there in always.items() if is_there)],
    }


def _invocations(max_rows: int, example: Schema, forms: RequestForms, has_log: bool) -> Schema:
    requests = [
        {
            "type": "object",
            "properties": {
                name: {"type": "array", "items": _ref(form.application), "maxItems": max_rows},
                "params": _ref(form.params) if form.needs_params else {"anyOf": [_ref(form.params), {"type": "null"}]},
            },
            "required": [name, "params"] if form.needs_params else [name],
            "additionalProperties": False,
        }
        for form in forms.forms
        for name in ("inputs", "dataframe_records")
    ]
    predictions = {
        "type": "object",
        "properties": {"predictions": {"type": "array", "items": _ref("Decision")}},
        "required": ["predictions"],
        "additionalProperties": False,
    }
    return {
        "operationId": "decide",
        "summary": "Decide applications, in their order; pandas' dataframe_split is read as well",
        "parameters": [*([_idempotency_key()] if has_log else []), *forms.query_parameters],
        "requestBody": {
            "required": True,
            "content": {
                JSON: {"schema": {"anyOf": requests}, "example": example},
                PARQUET: {"schema": {"description": "A column for each field of an application, of any of the forms."}},
            },
        },
        "responses": {
            "200": _json("A decision for each application.", predictions),
            **{status: _json(description, _ref("Error")) for status, description in ERRORS.items()},
        },
    }


def _idempotency_key() -> Schema:
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "A new one for each request, such as a UUID. The same request with the same key gets the same "
        "answer for 24 h, and is on record once.",
        "schema": {"type": "string", "pattern": f"^({KEY.pattern.decode()})$"},
    }


def _readiness() -> Schema:
    text, text_or_null = {"type": "string"}, {"type": ["string", "null"]}
    following = {
        "type": "object",
        "description": "Only where the server follows an alias: the version that this points to, and why the server "
        "does not follow it, null while it does.",
        "properties": {"alias": text, "version": text_or_null, "problem": text_or_null},
        "required": ["alias", "version", "problem"],
        "additionalProperties": False,
    }
    readiness = {
        "type": "object",
        "properties": {
            "ready": {"type": "boolean"},
            "model": text,
            "stores": {"type": "object", "additionalProperties": {"type": "boolean"}},
            "following": following,
        },
        "required": ["ready", "model", "stores"],
        "additionalProperties": False,
    }
    return {
        "operationId": "ready",
        "summary": "Whether this worker can decide now",
        "responses": {
            "200": _json("The worker can decide.", readiness),
            "503": _json("A store is down, or the server is shutting down.", readiness),
        },
    }


def _described(schema: Schema) -> Schema:
    """The schema of a TypedDict with the parts of its docstring: a summary, and a description of each attribute."""
    docstring = schema.get("description", "")
    summary, _, attributes = docstring.partition("\n\nAttributes\n----------\n")
    described = {
        name: " ".join(text.split()) for names, text in ATTRIBUTES.findall(attributes) for name in names.split(", ")
    }
    properties = {
        name: {**kind, "description": described[name]} if name in described else kind
        for name, kind in schema["properties"].items()
    }
    return {**schema, "description": summary, "properties": properties}


def _error() -> Schema:
    text, text_or_null = {"type": "string"}, {"type": ["string", "null"]}
    problem = {
        "type": "object",
        "properties": {"row": {"type": ["integer", "null"]}, "field": text_or_null, "problem": text},
        "required": ["row", "field", "problem"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {
            "error_code": text,
            "message": text,
            "problems": {"type": "array", "items": problem},
            "limit": {"type": "integer"},
            "retry_after": {"type": "integer"},
            "incident_id": text,
        },
        "required": ["error_code", "message"],
    }


def _ref(schema: str) -> Schema:
    return {"$ref": f"#/components/schemas/{schema}"}


def _json(description: str, schema: Schema) -> Schema:
    return {"description": description, "content": {JSON: {"schema": schema}}}
