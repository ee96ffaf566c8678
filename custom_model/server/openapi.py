"""The OpenAPI document of the server, from the model's contract and input example."""

import json
from typing import Any

from mlflow.pyfunc import PyFuncModel
from pydantic import TypeAdapter

from custom_model.applications import MAX_ID
from custom_model.contract import Contract
from custom_model.decisions import Decision
from custom_model.params import REASONS
from custom_model.server.idempotency import KEY
from custom_model.server.media_types import JSON
from custom_model.server.settings import Settings

Schema = dict[str, Any]

ERRORS = {
    "400": "The request is not JSON or breaks the contract; `problems` names each breach and repeats no value.",
    "408": "The body did not arrive in time.",
    "413": "The body, or the number of applications, exceeds `limit`.",
    "415": "The server does not read this media type.",
    "422": "The Idempotency-Key belongs to another request of the last 24 h.",
    "500": "A fault of the server; its log has the trace under `incident_id`.",
    "503": "Busy, short of memory, or a store is down; nothing was decided: retry after Retry-After seconds.",
}


def document(model: PyFuncModel, settings: Settings) -> Schema:
    """The document of /invocations and /ready for this model; all other routes are MLflow's and left out."""
    service = model.unwrap_python_model().service
    contract = service.decider.contract
    decision = TypeAdapter(Decision).json_schema(ref_template="#/components/schemas/{model}")
    decision["description"] = decision["description"].splitlines()[0]  # without its sections
    schemas = {
        **decision.pop("$defs", {}),
        "Decision": decision,
        "Application": _application(contract),
        "Params": _params(),
        "Error": _error(),
    }
    example = json.loads(model.metadata.get_serving_input(settings.served_model) or "{}")
    return {
        "openapi": "3.1.0",
        "info": {"title": "Credit decisions", "version": service.origin.label},
        "paths": {
            "/invocations": {"post": _invocations(settings.max_rows, example)},
            "/ready": {"get": _readiness()},
        },
        "components": {"schemas": schemas},
    }


def _invocations(max_rows: int, example: Schema) -> Schema:
    rows = {"type": "array", "items": _ref("Application"), "maxItems": max_rows}
    params = {"anyOf": [_ref("Params"), {"type": "null"}]}
    forms = [
        {
            "type": "object",
            "properties": {name: rows, "params": params},
            "required": [name],
            "additionalProperties": False,
        }
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
        "summary": "Decide applications, in their order; pandas' dataframe_split and Parquet are read as well",
        "parameters": [_idempotency_key()],
        "requestBody": {
            "required": True,
            "content": {JSON: {"schema": {"oneOf": forms}, "example": example}},
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
        "answer for 24 h, and is on record once. Needs a decision log; without one 400.",
        "schema": {"type": "string", "pattern": f"^{KEY.pattern.decode()}$"},
    }


def _readiness() -> Schema:
    readiness = {
        "type": "object",
        "properties": {
            "ready": {"type": "boolean"},
            "model": {"type": "string"},
            "stores": {"type": "object", "additionalProperties": {"type": "boolean"}},
        },
        "required": ["ready", "model", "stores"],
    }
    return {
        "operationId": "ready",
        "summary": "Whether this worker can decide now",
        "responses": {
            "200": _json("The worker can decide.", readiness),
            "503": "Busy, short of memory, or a store is down; nothing was decided: retry after Retry-After seconds.",
        },
    }


def _application(contract: Contract) -> Schema:
    """Every field of the contract; a category other than the examples counts as missing."""
    number: Schema = {"type": "number"}
    whole: Schema = {"type": "integer", "minimum": -MAX_ID, "maximum": MAX_ID}
    text: Schema = {"type": "string"}
    fields = {name: number for name in contract.numeric}
    fields |= {name: {**text, "examples": list(levels)} for name, levels in contract.categories.items()}
    optional = {contract.id: text if contract.id_is_text else whole}
    optional |= {name: kind for name, kind in fields.items() if name not in contract.required}
    return {
        "type": "object",
        "properties": {
            **{name: {**kind, "type": [kind["type"], "null"]} for name, kind in optional.items()},
            **{name: fields[name] for name in contract.required},
        },
        "required": list(contract.required),
        "additionalProperties": False,
    }


def _params() -> Schema:
    return {
        "type": "object",
        "properties": {
            "threshold": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
            "reasons": {"enum": list(REASONS)},
        },
        "additionalProperties": False,
    }


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
