"""Temporary servers of a model, on a free port of this machine; each ends with the process that started it."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import requests

from steps.run.console import UserError
from steps.run.kept import end, kept
from steps.run.settings import PROJECT

START_TIMEOUT = 120.0  # seconds; most of them import MLflow without compiled bytecode
PING_TIMEOUT = 5.0  # seconds
START_ATTEMPTS = 2  # another process may take the port while MLflow is imported


@contextmanager
def stock_server(model_uri: str, workers: int = 1, log_file: Path | None = None, **environment: str) -> Iterator[str]:
    """The base URL of `mlflow models serve` for this model; see `running_server`."""
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", model_uri, "--env-manager", "local"]
    with running_server([*command, "--workers", str(workers)], log_file, **environment) as url:
        yield url


@contextmanager
def hardened_server(
    model_uri: str, workers: int = 1, log_file: Path | None = None, follow: float = 0.0, **environment: str
) -> Iterator[str]:
    """The base URL of the hardened server for this model, set up by environment variables; see `running_server`.

    The server asks the registry every `follow` seconds where the alias of the URI points; 0: it serves what it starts
    with.
    """
    command = [sys.executable, "-m", "custom_model.server", "--model-uri", model_uri, "--workers", str(workers)]
    command += ["--follow", str(follow)]
    with running_server(command, log_file, PYTHONPATH=str(PROJECT), **environment) as url:
        yield url


@contextmanager
def running_server(command: list[str], log_file: Path | None = None, **environment: str) -> Iterator[str]:
    """The base URL of a server with the options --host and --port and the route /ping.

    It ends with the block, and with this process, even by kill -9; its workers, too. Its output goes to `log_file`, or
    is discarded. Raise `UserError` with the last lines of the output where the server does not start within two
    minutes.
    """
    with log_file.open("w+b") if log_file else tempfile.TemporaryFile() as log:
        server, url = _start(command, log, environment)
        try:
            yield url
        finally:
            end(server)


def _start(command: list[str], log: BinaryIO, environment: dict[str, str]) -> tuple[subprocess.Popen, str]:
    # MLflow starts uvicorn by name; an environment that is not activated has it outside the PATH.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    for _ in range(START_ATTEMPTS):
        port = _free_port()
        server = kept([*command, "--host", "127.0.0.1", "--port", str(port)], log, {"PATH": path, **environment})
        try:
            if _answers(server, f"http://127.0.0.1:{port}"):
                return server, f"http://127.0.0.1:{port}"
        except BaseException:
            end(server)
            raise
        end(server)
    log.seek(0)
    last = log.read().decode(errors="replace").strip().splitlines()[-5:]
    raise UserError(f"the server did not start; its last output: {' | '.join(last)}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _answers(server: subprocess.Popen, url: str) -> bool:
    """Whether the server answers /ping before it ends or the timeout expires."""
    deadline = time.monotonic() + START_TIMEOUT
    while server.poll() is None and time.monotonic() < deadline:
        with suppress(requests.ConnectionError, requests.Timeout):  # not listening yet, or still loading the model
            if requests.get(f"{url}/ping", timeout=PING_TIMEOUT).status_code == 200:
                return server.poll() is None  # else another process answers on this port
        time.sleep(0.1)
    return False
