"""A server under the supervisor, whose releases are named by lines of its input: what an alias would point to.

A line is a release's name, and what its workers do at their start: nothing, `fails` (as a model that cannot be loaded),
`dies` (by SIGKILL), `slow` (3 s), or `once` (the first starts, all others die). Each outcome is a line of its output.
"""

import os
import queue
import socket
import sys
import threading
from pathlib import Path

import uvicorn

from custom_model.metrics.counters import FOLDER
from custom_model.server.following.release import Release
from custom_model.server.supervisor import Supervisor

APP = "tests.unit.custom_model.server.following.rolling_app:app"


class Lines:
    """Follows the lines of the input in place of an alias."""

    def __init__(self, shared: Path):
        self._shared = shared
        self._releases: queue.SimpleQueue[Release] = queue.SimpleQueue()

    def start(self):
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in sys.stdin:
            self._releases.put(release(self._shared, *line.split()))

    def take(self):
        return None if self._releases.empty() else self._releases.get()

    def settled(self, release):
        print("settled", release.label, flush=True)

    def refused(self, release, problem):
        print("refused", release.label, problem, flush=True)

    def close(self):
        pass


def release(shared: Path, name: str, start: str = "nothing") -> Release:
    """A release with a folder of its own."""
    folder = shared / name
    folder.mkdir(exist_ok=True)
    return Release(name, None, {"NAME": name, "START": start}, None, folder)


def main() -> None:
    """Serve; called by `python -c`, since workers import the module that is run by its name, and MLflow with it."""
    shared, workers = Path(sys.argv[1]), int(sys.argv[2])
    os.environ[FOLDER] = str(shared)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(APP, workers=workers, lifespan="on", log_level="warning", timeout_graceful_shutdown=5)
        print(listener.getsockname()[1], os.getpid(), flush=True)
        first = release(shared, "first")
        Supervisor(config, [listener], release=first, shared=shared, follower=Lines(shared)).run()
