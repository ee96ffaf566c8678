"""The OpenAPI document of the server, from the model's contract and input example."""

import json
import re
from collections.abc import Mapping
from typing import Any

from mlflow.pyfunc import PyFuncModel
from pydantic import TypeAdapter

from custom_model.applications import MAX_ID
from custom_model.contract import Contract
from custom_model.decisions import Decision
from custom_model.meanings import Meaning
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


ATTRIBUTES = re.compile(r"^([\w, ]+) : .+\n((?:    .*(?:\n|$))+)", re.MULTILINE)
"""In a docstring: the names of attributes that share a description, and the description."""


def document(model: PyFuncModel, settings: Settings) -> Schema:
    """The document of /invocations and /ready for this model; all other routes are MLflow's and left out."""
    service = model.unwrap_python_model().service
    decider = service.decider
    decision = TypeAdapter(Decision).json_schema(ref_template="#/components/schemas/{model}")
    schemas = {
        **{name: _described(schema) for name, schema in decision.pop("$defs", {}).items()},
        "Decision": _described(decision),
        "Application": _application(decider.contract, decider.scorecard.meanings),
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


def _application(contract: Contract, meanings: Mapping[str, Meaning]) -> Schema:
    """Every field of the contract with its meaning; a category other than the examples counts as missing."""
    fields = {name: {"type": "number", **_meaning(meanings.get(name))} for name in contract.numeric}
    fields |= {
        name: {"type": "string", **_meaning(meanings.get(name)), "examples": list(levels)}
        for name, levels in contract.categories.items()
    }
    optional = {contract.id: _identity(contract)}
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


def _identity(contract: Contract) -> Schema:
    description = "Id of the client, under which the decision is found and past loans are looked up."
    if contract.id_is_text:
        return {"type": "string", "description": description}
    return {"type": "integer", "description": description, "minimum": -MAX_ID, "maximum": MAX_ID}


def _meaning(meaning: Meaning | None) -> Schema:
    """Description, with the unit, and bounds; bounds hold for numbers only, so null passes them."""
    if meaning is None:
        return {}
    unit = f" Unit: {meaning.unit}." if meaning.unit else ""
    bounds = {"minimum": meaning.lowest, "maximum": meaning.highest}
    known: Schema = {name: bound for name, bound in bounds.items() if bound is not None}
    if known and meaning.special:
        known = {"anyOf": [known, {"enum": [*meaning.special, None]}]}
    return {"description": f"{meaning.description}{unit}", **known}


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
