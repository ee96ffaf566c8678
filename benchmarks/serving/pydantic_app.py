"""The same work without MLflow: FastAPI, pydantic for the contract, decisions as answers.

Features, score and decision come from this model's own code, so that only the web side differs: FastAPI and
pydantic read, validate and write. No reasons, no record, no history from the store. The environment variable
BENCHMARK_MODEL names the model's folder.
"""

import os
from math import nan
from typing import Generic, Literal, TypeVar

import mlflow
import numpy as np
from fastapi import FastAPI, Response
from pydantic import BaseModel, ConfigDict, Field, create_model

from custom_model.applications import Applications
from custom_model.costs import Outcome, is_refused
from custom_model.decisions import BY_RULE
from custom_model.identifiers import uuid7

MODEL = "BENCHMARK_MODEL"
Application = TypeVar("Application", bound=BaseModel)


class Params(BaseModel):
    """The options of a request."""

    model_config = ConfigDict(extra="forbid")

    threshold: float | None = Field(None, gt=0, lt=1)
    reasons: Literal["none"] = "none"
    history: Literal["sent", "none"] = "sent"


class Request(BaseModel, Generic[Application]):
    """Applications of the model's contract, and options."""

    inputs: list[Application]
    params: Params = Params()


class Decision(BaseModel):
    """One decision, with the fields of this model's answer."""

    client_id: int | str | None
    decision: Outcome
    probability_of_default: float
    threshold: float
    threshold_source: Literal["policy", "request"]
    expected_cost_granted: float
    expected_cost_refused: float
    reasons: list[str]
    unknown_categories: list[str]
    unusual: list[str]
    missing: list[str]
    policy_rules: list[str]
    history: Literal["request", "none"]
    model: str
    decision_id: str
    simulated: bool
    recorded: bool


class Predictions(BaseModel):
    """One decision for each application, in their order."""

    predictions: list[Decision]


def create() -> FastAPI:
    """The ASGI application: this model's requests in, its decisions out."""
    decider = mlflow.pyfunc.load_model(os.environ[MODEL]).unwrap_python_model().decider
    contract, costs = decider.contract, decider.scorecard.costs
    strict = {"extra": "forbid", "allow_inf_nan": False}
    application = create_model("Application", __base__=(contract.applicant(),), __cls_kwargs__=strict)
    codes = [contract.codes.get(name) for name in contract.fields]
    app = FastAPI()

    @app.get("/ping")
    async def ping() -> Response:
        return Response()

    async def invocations(request: Request) -> Predictions:
        rows = [row.__dict__ for row in request.inputs]
        unknown: list[list[str]] = [[] for _ in rows]
        values = np.full((len(rows), len(contract.fields)), nan)
        for row, fields in enumerate(rows):
            for column, name in enumerate(contract.fields):
                value = fields[name]
                if value is None:
                    continue
                if codes[column] is not None:
                    if value not in codes[column] and name not in contract.rest_codes:
                        unknown[row].append(name)
                        continue
                    value = codes[column].get(value, contract.rest_codes.get(name))
                values[row, column] = value
        threshold = request.params.threshold or costs.threshold
        categories = {row: names for row, names in enumerate(unknown) if names}
        findings = decider.rules.findings(Applications([None] * len(rows), values, categories))
        with_history = ~np.isnan(values[:, contract.history_columns]).all(axis=1)
        return Predictions(
            predictions=[
                Decision(
                    client_id=rows[row][contract.id],
                    decision=BY_RULE.get(findings[row].action)
                    or ("refused" if is_refused(probability, threshold) else "granted"),
                    probability_of_default=probability,
                    threshold=threshold,
                    threshold_source="policy" if request.params.threshold is None else "request",
                    expected_cost_granted=costs.granted(probability),
                    expected_cost_refused=costs.refused(probability),
                    reasons=[],
                    unknown_categories=unknown[row],
                    unusual=findings[row].unusual,
                    missing=findings[row].missing,
                    policy_rules=findings[row].fired,
                    history="request" if with_history[row] else "none",
                    model=decider.model,
                    decision_id=str(uuid7()),
                    simulated=False,
                    recorded=False,
                )
                for row, probability in enumerate(decider.scorer.probabilities(decider.features.matrix(values)))
            ]
        )

    # FastAPI reads the annotation, and the model's contract is known only here.
    invocations.__annotations__["request"] = Request.__class_getitem__(application)
    app.post("/invocations")(invocations)
    return app
