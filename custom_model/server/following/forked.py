"""Workers forked from a process that has the packages imported: they share its memory, and start sooner.

Packages alone are imported there, never code of a version: each worker imports its own.
"""

import multiprocessing
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from socket import socket
from typing import Any

from uvicorn._subprocess import subprocess_started
from uvicorn.supervisors.multiprocess import Process

from custom_model.server.following.child import Child

# What every worker imports besides its version's code: not psycopg, 9 MB that servers without PostgreSQL need not have;
# and not prometheus_client, which reads a variable of the worker on import.
PACKAGES = (
    "mlflow.pyfunc.scoring_server",
    "lightgbm",
    "pandas",
    "pyarrow.parquet",
    "sqlalchemy.dialects.sqlite",
    "alembic.command",
    "pydantic_settings",
    "fastapi",
    "uvicorn.lifespan.on",
    "uvicorn.protocols.http.httptools_impl",
    "uvloop",
    "orjson",
    "msgspec",
    "typer",
)
# As the child begins: its variables; what it shares stays out of its garbage collections, which would copy it; and it
# ends with the process that it was forked from, after which nothing would tell the supervisor of its end.
BEGIN = """
import ctypes, gc, os, sys
os.environ.clear()
os.environ.update({variables!r})
gc.freeze()
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, 9)
"""

multiprocessing.get_context("forkserver").set_forkserver_preload(list(PACKAGES))


def keep_socket_in(folder: Path) -> None:
    """Put the socket by which processes are asked for into this folder, however long its path is.

    A socket's name has 107 bytes at most, which a long TMPDIR exceeds; a descriptor of the folder makes it short.
    """
    if sys.platform == "linux":
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        multiprocessing.current_process()._config["tempdir"] = f"/proc/self/fd/{descriptor}"  # type: ignore[attr-defined]


class Begun:
    """Runs `BEGIN` in the process that reads it, where it is None: code of an older version has no module for it."""

    def __init__(self, variables: Mapping[str, str]):
        self._source = BEGIN.format(variables=dict(variables))

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, (self._source,)


def forked(process: Process, sockets: list[socket], variables: Mapping[str, str]) -> Child:
    """The process of a worker, not yet started, in place of uvicorn's, which is a new interpreter."""
    arguments = {
        "stdin_fileno": Begun(variables),  # read first, and as None: a server has no use for its input
        "config": process.config,
        "target": process.target,
        "sockets": sockets,
    }
    return Child(target=subprocess_started, kwargs=arguments)
