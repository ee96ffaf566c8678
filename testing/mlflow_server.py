"""MLflow's own server in front of a database, for tests: on a free port, without what runs its jobs.

The processes of its jobs, which the project has none of, would take as much of a processor as the server does.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from steps.run.ports import ReservedPort
from steps.run.serving import answers, not_started

WITHOUT_JOBS = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}


class MlflowServer:
    """A server that can be ended at once and started again on its port.

    Parameters
    ----------
    database
        URI of its backend store.
    folder
        Where it runs, and where it keeps artifacts, unless the database says where.
    workers
        Number of its processes.
    python
        The interpreter that it runs in, such as a prepared one.
    """

    def __init__(self, database: str, folder: Path, workers: int = 1, python: str | Path = sys.executable):
        self._port = ReservedPort()  # for as long as it may be started again
        self.url = f"http://127.0.0.1:{self._port.number}"
        self._command = [
            *(str(python), "-m", "mlflow", "server", "--backend-store-uri", database),
            *("--artifacts-destination", str(folder / "artifacts"), "--workers", str(workers)),
            *("--host", "127.0.0.1", "--port", str(self._port.number)),
        ]
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._log = folder / "mlflow-server.log"

    def start(self) -> None:
        """Start it, and wait until it answers; raise `UserError` with its last output where it does not."""
        # MLflow starts uvicorn by name; an environment that is not activated has it outside the PATH.
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env={**os.environ, **WITHOUT_JOBS, "PATH": path},
                start_new_session=True,
                stdout=log,
                stderr=log,
            )
        process = self._process
        if not answers(self.url, lambda: process.poll() is None, "/health"):
            raise not_started(self._log.read_bytes())

    def end(self) -> None:
        """Kill it with its workers, where it runs."""
        if self._process is not None:
            with suppress(ProcessLookupError):  # it has ended by itself
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


@contextmanager
def mlflow_server(
    database: str, folder: Path, workers: int = 1, python: str | Path = sys.executable
) -> Iterator[MlflowServer]:
    """A server that runs until the block ends."""
    server = MlflowServer(database, folder, workers, python)
    try:
        server.start()
        yield server
    finally:
        server.end()
