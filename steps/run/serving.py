"""A server for as long as it is needed, on a free port of this machine."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import requests

from steps.run.console import UserError
from steps.run.settings import PROJECT

STARTED_WITHIN = 120.0  # seconds; importing MLflow without compiled bytecode takes most of them
TRIES = 2  # a port that is free now may be taken when MLflow is imported


@contextmanager
def served(model_uri: str, workers: int = 1, log_file: Path | None = None, **environment: str) -> Iterator[str]:
    """The base URL of `mlflow models serve` for this model, which ends with the block; see `started`."""
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", model_uri, "--env-manager", "local"]
    with started([*command, "--workers", str(workers)], log_file, **environment) as url:
        yield url


@contextmanager
def hardened(model_uri: str, workers: int = 1, log_file: Path | None = None, **environment: str) -> Iterator[str]:
    """The same for the hardened server, whose settings are variables of the environment."""
    command = [sys.executable, "-m", "custom_model.server", "--model-uri", model_uri, "--workers", str(workers)]
    with started(command, log_file, PYTHONPATH=str(PROJECT), **environment) as url:
        yield url


@contextmanager
def started(command: list[str], log_file: Path | None = None, **environment: str) -> Iterator[str]:
    """The base URL of a server that takes --host and --port and answers /ping; it ends with the block.

    What the server says goes to `log_file`, if one is given, and is lost otherwise. Raises `UserError`
    with the server's last words where it does not come up.
    """
    with log_file.open("w+b") if log_file else tempfile.TemporaryFile() as log:
        server, url = _start(command, log, environment)
        try:
            yield url
        finally:
            _end(server)


def _start(command: list[str], log: BinaryIO, environment: dict[str, str]) -> tuple[subprocess.Popen, str]:
    # MLflow starts uvicorn by its name, which is found in an environment that is not activated only so.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    for _ in range(TRIES):
        port = _free_port()
        server = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            stdout=log,
            stderr=log,
            start_new_session=True,  # so that the workers uvicorn starts end with the server
            env={**os.environ, "PATH": path, **environment},
        )
        try:
            if _comes_up(server, f"http://127.0.0.1:{port}"):
                return server, f"http://127.0.0.1:{port}"
        except BaseException:
            _end(server)
            raise
        _end(server)
    log.seek(0)
    last = log.read().decode(errors="replace").strip().splitlines()[-5:]
    raise UserError(f"the server did not come up; its last words: {' | '.join(last)}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _comes_up(server: subprocess.Popen, url: str) -> bool:
    deadline = time.monotonic() + STARTED_WITHIN
    while server.poll() is None and time.monotonic() < deadline:
        try:
            if requests.get(f"{url}/ping", timeout=5).status_code == 200:
                return server.poll() is None
        except requests.ConnectionError:
            time.sleep(0.1)
    return False


def _end(server: subprocess.Popen) -> None:
    """End the server and its workers; one that does not listen to SIGTERM is killed."""
    for ending in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(server.pid, ending)
            server.wait(timeout=10)
            return
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            return
