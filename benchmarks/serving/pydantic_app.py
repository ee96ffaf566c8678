"""The same work as one would write it without MLflow: FastAPI, pydantic for the contract, a decision back.

What is judged, derived, scored and decided is this model's, with its own parts from the contract's matrix on, so
that all that differs is the web side: reading, judging and writing are FastAPI's and pydantic's. It explains,
records and completes nothing. The environment variable BENCHMARK_MODEL names the model's folder.
"""

import os
from math import nan
from typing import Literal

import mlflow
import numpy as np
from fastapi import FastAPI, Response
from pydantic import BaseModel, ConfigDict, Field, create_model

from custom_model.identifiers import uuid7

MODEL = "BENCHMARK_MODEL"


class Params(BaseModel):
    """What may be asked for beside the applications."""

    model_config = ConfigDict(extra="forbid")

    threshold: float | None = Field(None, gt=0, lt=1)
    reasons: Literal["none"] = "none"


class Decision(BaseModel):
    """What is decided, as this model tells it."""

    client_id: int | str | None
    decision: Literal["granted", "refused"]
    probability_of_default: float
    threshold: float
    threshold_source: Literal["policy", "request"]
    expected_cost_granted: float
    expected_cost_refused: float
    reasons: list[str]
    unknown_categories: list[str]
    history: Literal["request", "none"]
    model: str
    decision_id: str
    recorded: bool


class Predictions(BaseModel):
    """One decision for each application, in their order."""

    predictions: list[Decision]


def create() -> FastAPI:
    """The application: this model's requests in, its decisions out."""
    decider = mlflow.pyfunc.load_model(os.environ[MODEL]).unwrap_python_model().decider
    contract, costs = decider.contract, decider.scorecard.costs
    strict = ConfigDict(extra="forbid", allow_inf_nan=False)
    application = create_model("Application", __base__=(contract.applicant(),), __cls_kwargs__=strict)
    request = create_model("Request", inputs=(list[application], ...), params=(Params, Params()))
    codes = [contract.codes.get(name) for name in contract.fields]
    app = FastAPI()

    @app.get("/ping")
    async def ping() -> Response:
        return Response()

    @app.post("/invocations")
    async def invocations(asked: request) -> Predictions:
        rows = [row.__dict__ for row in asked.inputs]
        unknown: list[list[str]] = [[] for _ in rows]
        values = np.full((len(rows), len(contract.fields)), nan)
        for row, fields in enumerate(rows):
            for column, name in enumerate(contract.fields):
                value = fields[name]
                if value is None:
                    continue
                if codes[column] is not None:
                    if value not in codes[column]:
                        unknown[row].append(name)
                        continue
                    value = codes[column][value]
                values[row, column] = value
        threshold = asked.params.threshold or costs.threshold
        with_history = ~np.isnan(values[:, contract.history_columns]).all(axis=1)
        return Predictions(
            predictions=[
                Decision(
                    client_id=rows[row][contract.id],
                    decision="refused" if probability >= threshold else "granted",
                    probability_of_default=probability,
                    threshold=threshold,
                    threshold_source="policy" if asked.params.threshold is None else "request",
                    expected_cost_granted=costs.granted(probability),
                    expected_cost_refused=costs.refused(probability),
                    reasons=[],
                    unknown_categories=unknown[row],
                    history="request" if with_history[row] else "none",
                    model=decider.model,
                    decision_id=str(uuid7()),
                    recorded=False,
                )
                for row, probability in enumerate(decider.scorer.probabilities(decider.features.matrix(values)))
            ]
        )

    return app
