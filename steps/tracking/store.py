"""The tracking store: a database or a server, reached and, on first use, created before anything is logged."""

import os
import re
import time
from functools import cache

import mlflow
import requests
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sqlalchemy import URL, create_engine
from sqlalchemy.exc import SQLAlchemyError

from custom_model.databases import (
    check_address,
    dialect_of,
    display_url,
    driver_message,
    read_url,
    without_credentials,
)
from steps.run.console import UserError
from steps.run.failures import failure_sentence
from steps.run.first_use import one_creator
from steps.run.settings import PROJECT, Settings
from steps.tracking.mlflow_internals import OUTDATED_SCHEMA

DATABASES = ("sqlite", "postgresql", "mysql", "mssql")
SERVERS = ("http", "https")
OTHERS = ("databricks", "databricks-uc", "uc")
REGISTRY = "MLFLOW_REGISTRY_URI"  # MLflow's own, where the registry is elsewhere
CREATION_LOCK = 6_042_371_905_118_846_027  # arbitrary key of the lock for creating MLflow's tables
ATTEMPTS, ANSWER_TIMEOUT = 3, 10  # of a server to answer at all; seconds
PROBE = "/api/2.0/mlflow/experiments/search?max_results=1"
SERVER_ERROR = 500  # the least status of one: MLflow itself asks again for minutes, without a word
EXAMPLES = f"sqlite:///{PROJECT / 'mlflow.db'}, postgresql://user@host/database or https://host"


@cache
def open_store(uri: str) -> None:
    """Reach the tracking store, and create its tables if it is new; of several processes, one creates them.

    Raise `UserError` for a URI that is none of a database or a server, and where it cannot be reached or read: MLflow
    itself tries for minutes, and its migration fails where two processes start it.
    """
    _check("MLFLOW_TRACKING_URI", uri)
    _check(REGISTRY, os.environ.get(REGISTRY, ""))
    scheme = re.split(r":", uri, maxsplit=1)[0].split("+")[0].lower() if ":" in uri or uri in OTHERS else ""
    if scheme in SERVERS:
        _reach_server(uri)
    elif scheme in DATABASES:
        _open_database(uri)
    elif scheme not in OTHERS:
        is_url = re.match(r"[a-z+]+://", uri) is not None and scheme != "file"
        came = f"{scheme}://" if is_url else "a folder of files, which MLflow no longer develops"
        default = Settings().folder / "mlflow.db"
        raise UserError(f"MLFLOW_TRACKING_URI: expected {EXAMPLES}, got {came}; unset, it is {default}")


def _check(variable: str, uri: str) -> None:
    """Raise `UserError` for a URI whose password an error could show in parts, of MLflow's or ours."""
    try:
        check_address(uri)
    except ValueError as error:
        raise UserError(f"{variable}: {error}") from None


def _open_database(uri: str) -> None:
    url = read_url(uri)
    try:
        with one_creator(url, CREATION_LOCK):
            _connect(url)
            client = MlflowClient(uri)
            client.search_experiments(max_results=1)
            client.search_registered_models(max_results=1)
    except (SQLAlchemyError, ImportError) as error:
        raise UserError(_unusable(url, driver_message(error))) from None
    except OSError as error:
        raise UserError(_unusable(url, failure_sentence(error) or str(error))) from None
    except MlflowException as error:
        if OUTDATED_SCHEMA in error.message:
            raise UserError(
                f"MLflow's tracking store {display_url(url)} is of another version of MLflow, here "
                f"{mlflow.__version__}: `mlflow db upgrade` migrates it, after a backup; or set MLFLOW_TRACKING_URI to "
                "another"
            ) from None
        raise


def _connect(url: URL) -> None:
    """Connect once, without the retries of MLflow."""
    if dialect_of(url).file(url) is None:
        return  # the lock has done so
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA schema_version")  # reads the file's header
    finally:
        engine.dispose()


def _reach_server(uri: str) -> None:
    """Ask the server for one experiment: a page of its own would show neither a dead database nor a proxy's."""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(attempt)
        try:
            answer = requests.get(f"{uri.rstrip('/')}{PROBE}", timeout=ANSWER_TIMEOUT)
        except requests.exceptions.SSLError:
            return  # it answers; MLflow has its own settings of certificates
        except requests.RequestException as error:
            problem = f"cannot be reached ({type(error).__name__}): start it (`mlflow server`)"
        else:
            if answer.status_code < SERVER_ERROR:
                return
            problem = f"answers with status {answer.status_code}: look into its own log"
    raise UserError(f"MLflow's tracking server {without_credentials(uri)} {problem}, or correct MLFLOW_TRACKING_URI")


def _unusable(url: URL, reason: str) -> str:
    return (
        f"MLflow's tracking store failed: {reason} ({display_url(url)}). Make it reachable and writable, or set "
        "MLFLOW_TRACKING_URI to another"
    )
