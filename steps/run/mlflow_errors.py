"""MLflow's errors: absence, a failing store, or anything else, which may be a bug."""

import requests
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import (
    PERMISSION_DENIED,
    RESOURCE_ALREADY_EXISTS,
    RESOURCE_DOES_NOT_EXIST,
    TEMPORARILY_UNAVAILABLE,
    ErrorCode,
)

ABSENT = ErrorCode.Name(RESOURCE_DOES_NOT_EXIST)
TAKEN = ErrorCode.Name(RESOURCE_ALREADY_EXISTS)
FAILURES = {ErrorCode.Name(code) for code in (TEMPORARILY_UNAVAILABLE, PERMISSION_DENIED)}
# Of a model that cannot be read: a URI that MLflow takes apart, and a store whose package is not installed, among them.
UNREADABLE = (MlflowException, OSError, ValueError, ImportError)


def is_absence(error: MlflowException) -> bool:
    """Whether the store answers that what was requested does not exist."""
    return error.error_code == ABSENT


def is_taken(error: MlflowException) -> bool:
    """Whether the store answers that something of this name exists already."""
    return error.error_code == TAKEN


def is_store_failure(error: MlflowException) -> bool:
    """Whether the store is locked, closed to this user, or not reached over HTTP.

    INTERNAL_ERROR alone does not tell: it is MLflow's default code, of its own bugs, too. An unreachable server is an
    INTERNAL_ERROR that comes from an error of requests.
    """
    return error.error_code in FAILURES or isinstance(error.__context__, requests.RequestException)
