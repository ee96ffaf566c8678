"""The registered model as MLflow sees it: a pyfunc whose input is the contract."""

import gc
import logging
import os
import traceback
from pathlib import Path
from time import perf_counter
from typing import Any

import lightgbm as lgb
import pandas as pd
from mlflow.pyfunc import PythonModel, PythonModelContext, scoring_server

from custom_model.contract import Contract
from custom_model.decision_log import DecisionLog
from custom_model.decisions import Decider
from custom_model.environment import Environment
from custom_model.errors import Fault, Refusal
from custom_model.features import Features
from custom_model.history.store import HistoryStore
from custom_model.identifiers import uuid7
from custom_model.metrics.port import serve_metrics
from custom_model.origin import Origin
from custom_model.params import receive_params_unfiltered
from custom_model.reasons import Explainer
from custom_model.scorecard import Scorecard
from custom_model.scorer import Scorer
from custom_model.service import DecisionService

BOOSTER = "booster"
SCORECARD = "scorecard"

log = logging.getLogger(__name__)


def decision_model(contract: Contract) -> PythonModel:
    """The pyfunc for this contract. MLflow reads its signature from the type hint of `predict`."""
    applicant = contract.applicant()

    class DecisionModel(PythonModel):
        """Applications in, decisions out."""

        # MLflow would judge the input by the type hint, and repeat the record in its message. The
        # contract judges here instead, and says what is wrong without repeating what was sent.
        _skip_type_hint_validation = True

        def load_context(self, context: PythonModelContext) -> None:
            """Load booster and scorecard, and open what the environment names; raise where they do not fit."""
            environment = Environment.read()
            booster = lgb.Booster(model_file=context.artifacts[BOOSTER])
            scorecard = Scorecard.model_validate_json(Path(context.artifacts[SCORECARD]).read_text("utf-8"))
            origin = Origin.of(Path(context.artifacts[BOOSTER]))
            self.decider = decider(contract, scorecard, booster, origin.label)
            self.service = DecisionService(
                self.decider, origin, history_store(environment), DecisionLog.of(environment)
            )
            receive_params_unfiltered()
            self.metrics = None
            if scoring_server._SERVER_MODEL_PATH in os.environ:
                if environment.metrics_port is not None:
                    self.metrics = serve_metrics(origin.label, environment.metrics_host, environment.metrics_port)
                # A full collection over the objects of MLflow and the model takes 100 ms and finds nothing.
                gc.collect()
                gc.freeze()

        def predict(
            self,
            context: PythonModelContext,
            model_input: list[applicant],
            params: dict[str, Any] | None = None,
        ):
            """Decide about a list of dictionaries, or a DataFrame (then the answer is one too).

            Raises `BadRequest` with every problem found, `Unavailable` where history or decision log
            cannot be had, or `Fault` with an incident id.
            """
            start = perf_counter()
            status, decisions = 500, []
            try:
                decisions = self.service.decide(model_input, params)
                status = 200
            except Refusal as refusal:
                status = refusal.status
                raise
            except Exception as error:
                raise fault(error) from None
            finally:
                if self.metrics is not None:
                    self.metrics.answered(status, perf_counter() - start, decisions)
            return _table(decisions) if isinstance(model_input, pd.DataFrame) else decisions

        predict._is_pyfunc = True  # what MLflow marks a predict with that is known to judge its input

    return DecisionModel()


def decider(contract: Contract, scorecard: Scorecard, booster: lgb.Booster, model: str) -> Decider:
    """Put the parts together; raise `ValueError` where booster and scorecard are not of this contract."""
    if booster.num_feature() != len(scorecard.texts):
        raise ValueError(
            f"the scorecard names {len(scorecard.texts)} features, and the booster has {booster.num_feature()}: "
            "they are of different models"
        )
    features = Features(contract, list(scorecard.texts))
    scorer = Scorer(booster, scorecard.calibration)
    return Decider(contract, scorecard, features, scorer, Explainer(scorecard.texts), model)


def history_store(environment: Environment) -> HistoryStore | None:
    """The history store that the environment names, if it names one."""
    if environment.history_store_uri is None:
        return None
    return HistoryStore(environment.history_store_uri, environment.history_store_down)


def _table(decisions: list) -> pd.DataFrame:
    table = pd.DataFrame(decisions)
    if decisions:
        # A client without an id must stay None: NaN would make the server's JSON invalid.
        table["client_id"] = pd.Series([decision["client_id"] for decision in decisions], dtype=object)
    return table


def fault(error: Exception) -> Fault:
    """Log where it went wrong under a new incident id; the error's own text may hold what was sent."""
    incident = str(uuid7())
    frames = "".join(traceback.format_tb(error.__traceback__))
    log.error("incident %s: %s at\n%s", incident, type(error).__name__, frames)
    return Fault(incident)
