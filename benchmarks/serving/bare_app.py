"""The bare application without MLflow: FastAPI around the booster, with no contract, decision or record.

The environment variable BENCHMARK_BOOSTER names the booster's file.
"""

import json
import os
from math import nan

import lightgbm as lgb
import numpy as np
from fastapi import FastAPI, Request, Response

from custom_model.scorer import THREADS, sigmoid

BOOSTER = "BENCHMARK_BOOSTER"


def create() -> FastAPI:
    """The application: `{"inputs": [{feature: number}]}` in, probabilities out; absent features are missing."""
    booster = lgb.Booster(model_file=os.environ[BOOSTER])
    names = booster.feature_name()
    app = FastAPI()

    @app.get("/ping")
    async def ping() -> Response:
        return Response()

    @app.post("/invocations")
    async def invocations(request: Request) -> Response:
        rows = json.loads(await request.body())["inputs"]
        matrix = np.array([[nan if (value := row.get(name)) is None else value for name in names] for row in rows])
        log_odds = np.asarray(booster.predict(matrix, raw_score=True, num_threads=THREADS))
        body = json.dumps({"predictions": [sigmoid(one) for one in log_odds.tolist()]})
        return Response(body, media_type="application/json")

    return app
