"""The forms of a request in the OpenAPI document: what a decision demands, and what a simulation may leave out."""

from collections.abc import Collection
from typing import Any, NamedTuple
from urllib.parse import quote

from custom_model.applications import MAX_ID
from custom_model.contract import Contract
from custom_model.decisions import Decider
from custom_model.meanings import Meaning
from custom_model.params import ALTERNATIVES, EXPLANATION, HISTORY, REASONS
from custom_model.ranges import Range
from custom_model.texts import ID_PATTERN, MAX_ID_LENGTH, MAX_TEXT_LENGTH, TEXT_PATTERN

Schema = dict[str, Any]

APPLICATION = "Application"
WITH_HISTORY = "ApplicationWithHistory"
WITHOUT_HISTORY = "ApplicationWithoutHistory"
OF_STORE = "ApplicationOfStore"
SIMULATED = "SimulatedApplication"
REST = "All texts but the examples are rare, and count as one category."
NO_HISTORY = "The lender asked for the past loans of these clients, and there are none."
OF_PARQUET = "For a Parquet body only: JSON has its params beside the applications."
ONLY_SIMULATED = "Only beside simulate=true."
THRESHOLD: Schema = {
    "type": "number",
    "exclusiveMinimum": 0,
    "exclusiveMaximum": 1,
    "description": "Replaces the policy's threshold for this request.",
}


class Form(NamedTuple):
    """A form of a request: the names of the schemas of its applications and its params."""

    application: str
    params: str
    needs_params: bool


class RequestForms:
    """The forms that a server takes, and their schemas.

    Parameters
    ----------
    decider : Decider
        The served model.
    has_store : bool
        Whether a history store is asked for a client's declared history; without one the request must have it.
    """

    def __init__(self, decider: Decider, has_store: bool):
        self._contract = decider.contract
        self._scorecard = decider.scorecard
        self._has_store = has_store

    @property
    def forms(self) -> list[Form]:
        """The forms, at least one of which a request must have."""
        simulation = Form(SIMULATED, "Simulation", True)
        if not self._contract.declared_history:
            return [Form(APPLICATION, "Params", False), simulation]
        looked_up = [Form(OF_STORE, "Params", False)] if self._has_store else []
        none = Form(WITHOUT_HISTORY, "ParamsWithoutHistory", True)
        return [Form(WITH_HISTORY, "Params", False), *looked_up, none, simulation]

    @property
    def schemas(self) -> dict[str, Schema]:
        """The schemas of `forms`, by name."""
        decision = self._params(self._scorecard.rules.request_threshold == "allow")
        schemas = {
            APPLICATION: self._application(),
            SIMULATED: self._simulated(),
            "Params": decision,
            "Simulation": self._simulation(),
        }
        if self._contract.declared_history:
            without = {**decision["properties"], "history": {"const": "none", "description": NO_HISTORY}}
            schemas["ParamsWithoutHistory"] = {**decision, "properties": without, "required": ["history"]}
            schemas |= self._by_history()
        return schemas

    @property
    def query_parameters(self) -> list[Schema]:
        """The params of a Parquet body, each a parameter of the query."""
        params = self._simulation()["properties"]
        if self._scorecard.rules.request_threshold == "forbid":
            params["threshold"] = {**THRESHOLD, "description": f"{THRESHOLD['description']} {ONLY_SIMULATED}"}
        return [{"name": name, "in": "query", "description": OF_PARQUET, "schema": params[name]} for name in params]

    def _by_history(self) -> dict[str, Schema]:
        """An application that has its history, one without any, and one that the history store completes."""
        identity = {self._contract.id: {"type": _identity(self._contract)["type"]}}
        return {
            WITH_HISTORY: {
                "description": "An application with the client's history, null where there is none.",
                "allOf": [_ref(APPLICATION)],
                "required": sorted(self._contract.declared_history),
            },
            WITHOUT_HISTORY: {
                "description": "An application without any past loan.",
                "allOf": [_ref(APPLICATION)],
                "properties": {name: {"type": "null"} for name in self._contract.history},
            },
            OF_STORE: {
                "description": "An application whose history is looked up by the client's id.",
                "allOf": [_ref(WITHOUT_HISTORY)],
                "properties": identity,
                "required": [self._contract.id],
            },
        }

    def _application(self) -> Schema:
        """Every field with its meaning; a category other than the examples counts as missing, or as their rest."""
        contract = self._contract
        fields = {name: {"type": "number", **self._described(name)} for name in contract.numeric}
        fields |= {
            name: {"type": "string", **self._category(name), **_text_bounds(levels), "examples": list(levels)}
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
            "required": [*contract.required, *sorted(contract.declared_by_request)],
            "additionalProperties": False,
        }

    def _simulated(self) -> Schema:
        """The same fields, of which any may be missing."""
        fields = {
            name: {"$ref": f"#/components/schemas/{APPLICATION}/properties/{_pointer(name)}"}
            for name in (self._contract.id, *self._contract.fields)
        }
        nullable = {name: {"anyOf": [fields[name], {"type": "null"}]} for name in self._contract.required}
        return {"type": "object", "properties": {**fields, **nullable}, "additionalProperties": False}

    def _simulation(self) -> Schema:
        params = self._params(has_threshold=True)
        simulate = {"type": "boolean", "description": "true: nothing is decided or recorded; any field may be missing."}
        asked = {"properties": {"simulate": {"const": True}}, "required": ["simulate"]}
        by_threshold = self._scorecard.rules.request_threshold == "simulate"
        return {
            **params,
            "properties": {**params["properties"], "simulate": simulate},
            "anyOf": [asked, {"required": ["threshold"]}] if by_threshold else [asked],
        }

    def _params(self, has_threshold: bool) -> Schema:
        properties: Schema = {
            "reasons": {"enum": list(REASONS), "description": "Decisions to explain; refused includes referred."},
            "history": {"enum": list(HISTORY), "description": f"none: {NO_HISTORY}"},
            "simulate": {"const": False},
            "alternatives": self._alternatives(),
            "explanation": {"enum": list(EXPLANATION), "description": "topics: what each topic adds to the log-odds."},
        }
        if has_threshold:
            properties["threshold"] = THRESHOLD
        return {"type": "object", "properties": properties, "additionalProperties": False}

    def _alternatives(self) -> Schema:
        moves = self._scorecard.alternatives
        if not moves:
            return {"const": "none"}
        return {"enum": list(ALTERNATIVES), "description": f"refused: what change of {' or '.join(moves)} is granted."}

    def _category(self, name: str) -> Schema:
        """A category with its meaning, and with what other texts than its levels count as, if not as missing."""
        described = self._described(name)
        if name not in self._contract.rest:
            return described
        texts = [*([described["description"]] if "description" in described else []), REST]
        return {**described, "description": " ".join(texts)}

    def _described(self, name: str) -> Schema:
        meaning, because = self._scorecard.meanings.get(name), self._scorecard.because.get(name)
        texts = [] if meaning is None else [_text(meaning)]
        if because is not None:
            demand = (
                "Must have a value" if name in self._contract.required else "Must be sent, null where there is none"
            )
            texts.append(f"{demand}: {because}.")
        bounds = self._scorecard.ranges.get(name)
        return {**({"description": " ".join(texts)} if texts else {}), **_bounds(bounds or Range())}


def _identity(contract: Contract) -> Schema:
    description = "Id of the client, under which the decision is found and past loans are looked up."
    if contract.id_is_text:
        return {"type": "string", "description": description, "maxLength": MAX_ID_LENGTH, "pattern": ID_PATTERN}
    return {"type": "integer", "description": description, "minimum": -MAX_ID, "maximum": MAX_ID}


def _text(meaning: Meaning) -> str:
    return f"{meaning.description} Unit: {meaning.unit}." if meaning.unit else meaning.description


def _text_bounds(levels: Collection[str]) -> Schema:
    """The bounds of a category that training never saw, wide enough for those that it saw."""
    return {"maxLength": max([MAX_TEXT_LENGTH, *map(len, levels)]), "pattern": TEXT_PATTERN}


def _bounds(bounds: Range) -> Schema:
    """The bounds, which hold for numbers only: null passes them."""
    limits = {"minimum": bounds.lowest, "maximum": bounds.highest, "multipleOf": 1 if bounds.whole else None}
    known: Schema = {name: bound for name, bound in limits.items() if bound is not None}
    return {"anyOf": [known, {"enum": [*bounds.special, None]}]} if known and bounds.special else known


def _ref(schema: str) -> Schema:
    return {"$ref": f"#/components/schemas/{schema}"}


def _pointer(name: str) -> str:
    """A field's name in a JSON pointer within a URI fragment (RFC 6901)."""
    return quote(name.replace("~", "~0").replace("/", "~1"))
