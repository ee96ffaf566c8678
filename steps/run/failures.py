"""Failures of disks, folders, databases and networks as one sentence with place and remedy; the rest may be a bug."""

import errno
import os
import site
import sqlite3
import sys
import tempfile

import mlflow
import requests
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError

from custom_model.databases import driver_message, without_credentials
from steps.run.mlflow_errors import is_store_failure
from steps.run.settings import PROJECT

STORE = "MLflow's tracking store failed"
CODE = tuple(str(path) for path in (PROJECT / "steps", PROJECT / "custom_model", sys.prefix, *site.getsitepackages()))
FULL = "free space there, or choose another place"
FORBIDDEN = "allow this user to write there, or choose another place"
REMEDIES = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EFBIG: "raise the limit of a file's size (`ulimit -f`), or choose another place",
    errno.EACCES: FORBIDDEN,
    errno.EPERM: FORBIDDEN,
    errno.EROFS: "choose another place, or mount this one writable",
    errno.ENOENT: "check the path, and that its disk is mounted",
    errno.ENOTDIR: "a part of this path is a file: choose another place",
    errno.EEXIST: "a file has the name of this folder: choose another place",
    errno.EISDIR: "expected a file, found a folder: choose another place",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EMFILE: "allow more open files (`ulimit -n`)",
    errno.ENFILE: "close some of this machine's open files",
    errno.EIO: "check the disk, or choose another place",
    errno.ESTALE: "mount the network's disk again",
    errno.ENOMEM: "use a machine with more memory, or end other programs",
    errno.ENOTEMPTY: "another process writes there: run the command again",
    errno.ECONNREFUSED: "start the server there, or correct its address",
    errno.ECONNRESET: "check the server there, and run the command again",
    errno.ETIMEDOUT: "check the network, and run the command again",
    errno.EHOSTUNREACH: "check the network, and run the command again",
    errno.ENETUNREACH: "check the network, and run the command again",
}


def failure_sentence(error: BaseException) -> str | None:
    """What failed, where, and what to do; None for an error that may be a bug, whose traceback is needed."""
    match error:
        case MlflowException():
            return _of_mlflow(error)
        case DBAPIError():
            return None if isinstance(error, IntegrityError | DataError) else _of_store(error, driver_message(error))
        case sqlite3.OperationalError():
            return _of_store(error, str(error))
        case requests.RequestException():
            return f"{_first_line(str(error))}. Check the address and the network, and run the command again"
        case MemoryError():
            return "out of memory: use a machine with more, end other programs, or use fewer clients"
        case OSError():
            return _of_system(error)
    return _of_duckdb(error)


def _of_mlflow(error: MlflowException) -> str | None:
    if not is_store_failure(error):
        return None
    # SQLAlchemy's text may begin with a hint to programmers.
    cause = error.__cause__
    message = driver_message(cause) if isinstance(cause, DBAPIError) else error.message
    return _store(_first_line(message), f"{STORE} ({error.error_code})")


def _of_store(error: Exception, message: str) -> str | None:
    if isinstance(error, ProgrammingError) and getattr(error.orig, "sqlstate", None) != "42501":  # a missing right
        return None
    return _store(_first_line(message), STORE)


def _store(message: str, title: str) -> str:
    place = _first_line(mlflow.get_tracking_uri())
    return f"{title}: {message}. Make it reachable and writable (MLFLOW_TRACKING_URI, now {place}), then try again"


def _of_system(error: OSError) -> str | None:
    path = error.filename2 or error.filename
    # A file that is missing among the project's code or the packages is a bug of ours.
    if error.errno is None or (path is not None and os.path.realpath(path).startswith(CODE)):
        return None
    reason = os.strerror(error.errno)
    remedy = REMEDIES.get(error.errno, "check this place, or choose another")
    if error.errno == errno.ENOENT and "temporary directory" in str(error.strerror):
        return "no folder for temporary files can be written: set TMPDIR to one that can"
    if path is None:
        return f"{reason}, where MLflow's artifacts or temporary files ({tempfile.gettempdir()}, TMPDIR) are; {remedy}"
    return f"{os.fsdecode(path)}: {reason}; {remedy}"


def _of_duckdb(error: BaseException) -> str | None:
    import duckdb

    match error:
        case duckdb.OutOfMemoryException():
            return f"DuckDB: {_first_line(str(error))}. Free memory or disk next to the feature table, and run it again"
        case duckdb.IOException():
            return f"DuckDB: {_first_line(str(error))}. Check that place and its free space, and run the command again"
    return None


def _first_line(message: object) -> str:
    """The first line without the user and password of a URL in it."""
    return without_credentials((str(message).strip().splitlines() or [""])[0]).rstrip(".")
