"""Temporary servers of a model, on a free port of this machine; each ends with the process that started it."""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import requests

from steps.run.console import UserError
from steps.run.kept import end, kept
from steps.run.ports import ReservedPort
from steps.run.settings import PROJECT

BESIDE = Path(__file__).with_name("beside.py")
START_TIMEOUT = 120.0  # seconds; most of them import MLflow without compiled bytecode
PING_TIMEOUT = 5.0  # seconds
# MLflow's command line imports all its commands, those of its own server too: more than a second of a processor.
MLFLOW_MODELS = "from mlflow.models.cli import commands; commands(prog_name='mlflow models')"
START_ATTEMPTS = 2  # a program that names the port may take it while MLflow is imported


class StartingServer:
    """A server that starts while this process does other things; `url` waits for it.

    It ends with `end`, and with this process, even by kill -9; its workers, too. Its environment is this process's at
    the beginning, and the variables given.
    """

    def __init__(self, command: Sequence[str], log: BinaryIO, environment: Mapping[str, str]):
        # MLflow starts uvicorn by name; an environment that is not activated has it outside the PATH.
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        self._environment = {**os.environ, "PATH": path, **environment}
        self._command, self._log = command, log
        self._begin()

    def url(self) -> str:
        """The base URL once the server answers; raise `UserError` with its last output where it does not in time."""
        for attempt in range(START_ATTEMPTS):
            if attempt:
                self._begin()
            if answers(self._url, lambda: self._server.poll() is None):
                return self._url
            self.end()
        self._log.seek(0)
        raise not_started(self._log.read())

    def end(self) -> None:
        end(self._server)
        self._port.release()

    def _begin(self) -> None:
        self._port = ReservedPort()
        self._url = f"http://127.0.0.1:{self._port.number}"
        command = [*self._command, "--host", "127.0.0.1", "--port", str(self._port.number)]
        self._server = kept(command, self._log, self._environment, inherited={})


def stock_command(model_uri: str, workers: int = 1) -> list[str]:
    """`mlflow models serve` for this model, without host and port."""
    command = [sys.executable, "-c", MLFLOW_MODELS, "serve", "-m", model_uri, "--env-manager", "local"]
    return [*command, "--workers", str(workers)]


def hardened_command(model_uri: str, workers: int = 1, follow: float = 0.0) -> list[str]:
    """The hardened server for this model, without host and port."""
    command = [sys.executable, "-m", "custom_model.server", "--model-uri", model_uri, "--workers", str(workers)]
    return [*command, "--follow", str(follow)]


def giving_way(command: Sequence[str]) -> list[str]:
    """The command with what others leave of the processor: it starts while they work."""
    return [sys.executable, "-I", "-S", str(BESIDE), *command]


@contextmanager
def stock_server(model_uri: str, workers: int = 1, log_file: Path | None = None, **environment: str) -> Iterator[str]:
    """The base URL of `mlflow models serve` for this model; see `running_server`."""
    with running_server(stock_command(model_uri, workers), log_file, **environment) as url:
        yield url


@contextmanager
def hardened_server(
    model_uri: str, workers: int = 1, log_file: Path | None = None, follow: float = 0.0, **environment: str
) -> Iterator[str]:
    """The base URL of the hardened server for this model, set up by environment variables; see `running_server`.

    The server asks the registry every `follow` seconds where the alias of the URI points; 0: it serves what it starts
    with.
    """
    command = hardened_command(model_uri, workers, follow)
    with running_server(command, log_file, PYTHONPATH=str(PROJECT), **environment) as url:
        yield url


@contextmanager
def running_server(command: Sequence[str], log_file: Path | None = None, **environment: str) -> Iterator[str]:
    """The base URL of a server with the options --host and --port and the route /ping; see `starting_server`.

    Raise `UserError` with the last lines of the output where the server does not start within two minutes.
    """
    with starting_server(command, log_file, **environment) as server:
        yield server.url()


@contextmanager
def starting_server(
    command: Sequence[str], log_file: Path | None = None, **environment: str
) -> Iterator[StartingServer]:
    """A server that starts with the block, and ends with it; its output goes to `log_file`, or is discarded."""
    with log_file.open("w+b") if log_file else tempfile.TemporaryFile() as log:
        server = StartingServer(command, log, environment)
        try:
            yield server
        finally:
            server.end()


def not_started(output: bytes) -> UserError:
    """The error of a server that did not start, with the last lines of its output."""
    last = output.decode(errors="replace").strip().splitlines()[-5:]
    return UserError(f"the server did not start; its last output: {' | '.join(last)}")


def answers(url: str, is_running: Callable[[], bool], path: str = "/ping") -> bool:
    """Whether a server answers a path before it ends or the timeout expires."""
    deadline = time.monotonic() + START_TIMEOUT
    while is_running() and time.monotonic() < deadline:
        with suppress(requests.ConnectionError, requests.Timeout):  # not listening yet, or still loading the model
            if requests.get(f"{url}{path}", timeout=PING_TIMEOUT).status_code == 200:
                return is_running()  # else another process answers on this port
        time.sleep(0.1)
    return False
