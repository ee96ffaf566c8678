"""A scoring server of MLflow's own for as long as it is needed, on a free port of this machine."""

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

import requests

from steps.console import UserError

STARTED_WITHIN = 120.0  # seconds; importing MLflow without compiled bytecode takes most of them


@contextmanager
def served(model_uri: str, workers: int = 1, log_file: Path | None = None) -> Iterator[str]:
    """The base URL of `mlflow models serve` for this model, which ends with the block.

    What the server says goes to `log_file`, if one is given, and is lost otherwise. Raises `UserError`
    with the server's last words where it does not come up.
    """
    port = _free_port()
    command = [
        *(sys.executable, "-m", "mlflow", "models", "serve", "-m", model_uri, "--env-manager", "local"),
        *("--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)),
    ]
    with log_file.open("w+b") if log_file else tempfile.TemporaryFile() as log:
        # A session of its own, so that the workers uvicorn starts end with the server.
        server = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, env=_environment())
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_up(server, url, log)
            yield url
        finally:
            _end(server)


def _environment() -> dict[str, str]:
    """MLflow starts uvicorn by its name, which is found in an environment that is not activated only so."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path}


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _wait_until_up(server: subprocess.Popen, url: str, log) -> None:
    deadline = time.monotonic() + STARTED_WITHIN
    while server.poll() is None and time.monotonic() < deadline:
        try:
            if requests.get(f"{url}/ping", timeout=5).status_code == 200:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    log.seek(0)
    last = log.read().decode(errors="replace").strip().splitlines()[-5:]
    raise UserError(f"the scoring server did not come up; its last words: {' | '.join(last)}")


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
