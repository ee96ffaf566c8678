"""MLflow pointed at the tracking store, without what it says on each use."""

import logging
import os
import warnings

import mlflow

from custom_model.mlmodel_file import read_in_c
from steps.tracking.mlflow_internals import EXPECTED_WARNINGS, TRACING_LOGGER, VERBOSE_LOGGERS
from steps.tracking.store import open_store


def connect(tracking_uri: str) -> None:
    """Point MLflow at the tracking store, created on first use, and silence its expected warnings.

    Raise `UserError` where the store cannot be reached.
    """
    os.environ["MLFLOW_TRACKING_URI"] = tracking_uri
    # By default MLflow replaces the model's requirements with the whole training environment in uv.lock.
    os.environ["MLFLOW_UV_AUTO_DETECT"] = "false"
    os.environ["MLFLOW_RECORD_ENV_VARS_IN_MODEL_LOGGING"] = "false"
    mlflow.set_tracking_uri(tracking_uri)
    read_in_c()
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
    for logger in VERBOSE_LOGGERS:
        logging.getLogger(logger).setLevel(logging.WARNING)
    logging.getLogger(TRACING_LOGGER).setLevel(logging.CRITICAL)
    for message in EXPECTED_WARNINGS:
        warnings.filterwarnings("ignore", message=message)
    open_store(tracking_uri)
