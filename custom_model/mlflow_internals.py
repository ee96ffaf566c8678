"""MLflow's private and undocumented names in served code: all uses of them are in this module.

The model's requirements pin MLflow, so these change only with an upgrade. After one, read this module and run
tests/unit/custom_model/test_mlflow_internals.py and, against real servers, tests/serving/test_bad_requests.py.
"""

import os
from collections.abc import Awaitable, Callable, Set
from functools import wraps
from importlib import import_module
from typing import Any, TypeVar

from mlflow.pyfunc import PyFuncModel, PythonModel, scoring_server
from mlflow.types import ParamSchema

PARAMS_FILTER = "_enforce_params_schema"
UNFILTERED = "passes_own_params"

Predict = TypeVar("Predict", bound=Callable[..., object])
AsgiApp = Callable[[dict, Callable, Callable], Awaitable[None]]


class UnvalidatedModel(PythonModel):
    """A pyfunc whose `predict` has a type hint that MLflow takes the signature from but does not validate.

    MLflow's own validation repeats the record in its message, and a row of 646 fields costs 0.4 ms; the
    contract validates instead. `_skip_type_hint_validation` keeps `PythonModel.__init_subclass__` from
    wrapping `predict` in that validation. Without it, bad requests are answered by MLflow.
    """

    _skip_type_hint_validation = True


def unvalidated(predict: Predict) -> Predict:
    """Mark the `predict` of an `UnvalidatedModel`.

    `_is_pyfunc` is MLflow's mark of a function that validates its input. Without it, MLflow derives no
    signature from the type hint when it logs the model, and warns.
    """
    vars(predict)["_is_pyfunc"] = True
    return predict


def is_scoring_server() -> bool:
    """Whether this process is a worker of `mlflow models serve`.

    MLflow's command puts the model's path into a variable whose name is private (`_SERVER_MODEL_PATH`).
    Under another name, METRICS_PORT would be ignored and garbage collection would cost 100 ms now and then.
    """
    return scoring_server._SERVER_MODEL_PATH in os.environ


def scoring_app(model: PyFuncModel) -> AsgiApp:
    """MLflow's own FastAPI app for this model, whose routes the hardened server keeps.

    `scoring_server.init` is undocumented; without it the hardened server does not start. A path with a slash at its
    end would be redirected to whatever the request's header Host names.
    """
    app = scoring_server.init(model)
    app.router.redirect_slashes = False
    return app


def pass_params_unfiltered(names: Set[str]) -> None:
    """Let params reach `predict` unchanged, for models whose signature has exactly these.

    MLflow offers no hook: before it calls `predict` it drops unknown params in silence and answers a wrong
    type with the whole request in the body. `_enforce_params_schema` of `mlflow.pyfunc` is that filter; this
    replaces it, once, by one that leaves these models' params alone. If MLflow filters elsewhere, unknown
    params are ignored again instead of answered with 400, and absent ones take the values of the logged example,
    which simulates: no decision would be on record.
    """
    pyfunc = import_module("mlflow.pyfunc")
    enforce = getattr(pyfunc, PARAMS_FILTER)
    if hasattr(enforce, UNFILTERED):
        return

    @wraps(enforce)
    def enforce_others(params: dict[str, Any] | None, schema: ParamSchema | None) -> dict[str, Any] | None:
        if schema is not None and {spec.name for spec in schema} == names:
            return params
        return enforce(params, schema)

    setattr(enforce_others, UNFILTERED, True)
    setattr(pyfunc, PARAMS_FILTER, enforce_others)
