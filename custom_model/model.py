"""The registered model: a pyfunc whose input type is the contract."""

import logging
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
from mlflow.pyfunc import PythonModel, PythonModelContext

from custom_model.applications import validate
from custom_model.columns import ColumnDecider, DecisionIds
from custom_model.contract import Contract
from custom_model.cores import cores_of_process
from custom_model.decision_log import DecisionLog
from custom_model.decisions import Decider, Decision, columns_of
from custom_model.environment import MOST_THREADS, Environment
from custom_model.errors import BadRequest, Fault, RequestError, place, trace
from custom_model.features import Features
from custom_model.garbage import freeze_loaded_objects
from custom_model.history.store import HistoryStore
from custom_model.identifiers import uuid7
from custom_model.lightgbm_internals import load_booster
from custom_model.metrics.counters import Metrics
from custom_model.metrics.port import serve_metrics
from custom_model.mlflow_internals import UnvalidatedModel, is_scoring_server, pass_params_unfiltered, unvalidated
from custom_model.omission import Examination, examine
from custom_model.origin import Origin
from custom_model.params import NAMES, RequestParams
from custom_model.reasons import Explainer
from custom_model.row_parts import RowParts
from custom_model.rules import RuleBook
from custom_model.scorecard import Scorecard
from custom_model.scorer import Scorer
from custom_model.service import DecisionService
from custom_model.sparing_log import SparingLog

if TYPE_CHECKING:
    import lightgbm as lgb

BOOSTER = "booster"
SCORECARD = "scorecard"

incidents = SparingLog(logging.getLogger(__name__), logging.ERROR)


def decision_model(contract: Contract) -> PythonModel:
    """The pyfunc for this contract; MLflow derives its signature from the type hint of `predict`."""
    applicant = contract.applicant()

    class DecisionModel(UnvalidatedModel):
        """Applications in, decisions out."""

        def load_context(self, context: PythonModelContext) -> None:
            """Load booster and scorecard and open the stores; raises `ValueError` where they do not match."""
            environment = Environment.read()
            booster = load_booster(context.artifacts[BOOSTER])
            scorecard = Scorecard.model_validate_json(Path(context.artifacts[SCORECARD]).read_text("utf-8"))
            origin = Origin.of(Path(context.artifacts[BOOSTER]).parents[1])
            self.decider = decider(contract, scorecard, booster, origin.label)
            self.decider.scorer.parts = RowParts(environment.scoring_threads or min(MOST_THREADS, cores_of_process()))
            self.service = DecisionService(
                self.decider, origin, history_store(environment), DecisionLog.of(environment)
            )
            self.columns = ColumnDecider(self.service)
            pass_params_unfiltered(NAMES)
            self.metrics: Metrics | None = None
            if is_scoring_server():
                self.decider.scorer.prepare_contributions()
                if environment.metrics_port is not None:
                    self.metrics = serve_metrics(origin.label, environment.metrics_host, environment.metrics_port)
                freeze_loaded_objects()

        @unvalidated
        def predict(
            self,
            context: PythonModelContext,
            model_input: list[applicant],  # type: ignore[valid-type]  # a class that exists only at run time
            params: dict[str, Any] | None = None,
        ):
            """Decide a list of dictionaries, or a DataFrame, which is answered with a DataFrame.

            Raises `BadRequest` with every problem, `Unavailable` when the history store or the decision log
            is down, or `Fault` with an incident id.
            """
            start = perf_counter()
            status, decisions = 500, list[Decision]()
            try:
                if isinstance(model_input, pd.DataFrame) and self.metrics is None:
                    return _table(self.service.decide_columns(model_input, params))
                decisions = self.service.decide(model_input, params)
                status = 200
            except RequestError as error:
                status = error.status
                raise
            except Exception as error:
                raise fault(error) from None
            finally:
                if self.metrics is not None:
                    self.metrics.count_request(status, perf_counter() - start, decisions)
            return _table(columns_of(decisions)) if isinstance(model_input, pd.DataFrame) else decisions

        def decide_batch(
            self,
            batch: pa.RecordBatch,
            key: bytes,
            milliseconds: int,
            first: int,
            reasons: str = "refused",
            is_repeated: bool = False,
        ) -> pa.RecordBatch:
            """The decisions on many applications in columns, each the one that its row would have in a request alone.

            Ids of decisions follow from a random `key`, the time in milliseconds, and the rows' numbers from `first`
            on: a batch that `is_repeated` after a kill has the same, and is not recorded twice. Rows that break the
            contract have their `problems`. Raises `Unavailable` as `predict` does.
            """
            ids = DecisionIds(key, milliseconds, first, len(batch))
            return self.columns.decide(batch, ids, reasons, is_repeated)

        def simulate(self, table: pd.DataFrame) -> pd.DataFrame:
            """The decisions on a table that may lack required values and lie outside the model's own bounds.

            An evaluation compares models of several policies on the same clients. Raises `BadRequest` for a table that
            breaks the contract.
            """
            applications, problems = validate(contract, table, is_simulation=True)
            if problems:
                raise BadRequest(problems)
            return _table(self.decider.columns(applications, RequestParams(reasons="none", simulate=True)))

        def examine(self, table: pd.DataFrame, seed: int) -> Examination:
            """What the contract demands of a table of complete applications, and what leaving fields out would win."""
            return examine(self.decider, table, seed)

    return DecisionModel()


def decider(contract: Contract, scorecard: Scorecard, booster: "lgb.Booster", model: str) -> Decider:
    """The model's decider; raises `ValueError` where booster, scorecard and contract do not match."""
    if booster.num_feature() != len(scorecard.texts):
        raise ValueError(
            f"the scorecard names {len(scorecard.texts)} features, and the booster has {booster.num_feature()}: "
            "they are of different models"
        )
    features = Features(contract, list(scorecard.texts))
    scorer = Scorer(booster, scorecard.calibration)
    rules = RuleBook(contract, scorecard.rules, scorecard.ranges, features.inputs)
    return Decider(contract, scorecard, features, scorer, Explainer(scorecard.sentences), rules, model)


def history_store(environment: Environment) -> HistoryStore | None:
    """The history store of the environment, None without one."""
    if environment.history_store_uri is None:
        return None
    return HistoryStore(environment.history_store_uri, environment.history_store_down)


def _table(columns: dict[str, list]) -> pd.DataFrame:
    if not columns:
        return pd.DataFrame()
    # A missing id must stay None: NaN would make the server's JSON invalid.
    return pd.DataFrame({**columns, "client_id": pd.Series(columns["client_id"], dtype=object)})


def fault(error: Exception) -> Fault:
    """Log the trace under a new incident id, without the error's text, which may repeat the request.

    The same fault again within a minute is counted, and has the id under which its trace is in the log.
    """
    incident = str(uuid7())
    return Fault(incidents.write(f"incident of {place(error)}", f"incident {incident}: {trace(error)}", incident))
