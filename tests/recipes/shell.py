"""A reader's shell: runs commands of the documents in a folder, one after the other, with what they export."""

import os
import re
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import requests

from steps.run.ports import ReservedPort
from tests.recipes.documents import Command
from tests.recipes.inventory import IN_PLACE_OF, PORTS

SERVER = re.compile(r"(?:make serve(?: NAME=\w+)?|mlflow models serve .*|python -m custom_model.server .*)")
DESK = re.compile(r"make desk")
START_TIMEOUT = 120.0  # seconds
LONGEST = 600.0  # seconds of a command, less than pytest gives a test: this error has what the command said
SCRIPT = 'set -aeuo pipefail\n{text}\nenv -0 > "$RECIPE_STATE"\n'


class Shell:
    """Runs commands with the variables that earlier ones set, as `user` where given.

    A server or a desk as the last line of a command runs until `close`, each as in a terminal of its own.
    """

    def __init__(self, folder: Path, environment: dict[str, str], user: str | None = None):
        self.folder = folder
        self._reserved = [ReservedPort() for _ in PORTS]
        self.ports = {port: str(reserved.number) for port, reserved in zip(PORTS, self._reserved, strict=True)}
        self.environment = {**environment, "PORT": self.ports["5001"], "DESK_PORT": self.ports["8502"]}
        self._user = user
        self._state = folder / ".recipe-state"
        self._running: dict[str, subprocess.Popen] = {}  # by the address that it answers

    def run(self, command: Command) -> str:
        """Its output; fails the test with it where the command fails."""
        text = command.text
        for original, replacement in {**IN_PLACE_OF, **self.ports}.items():
            text = text.replace(original, replacement)
        if command.is_python:
            return self._finish(["python", "-c", text], text)
        *lines, last = text.splitlines()
        if SERVER.fullmatch(last):
            address = f"http://127.0.0.1:{self.ports['5001']}/ping"
        elif DESK.fullmatch(last):
            address = f"http://127.0.0.1:{self.ports['8502']}/static/desk.css"
        else:
            return self._script(text)
        output = self._script("\n".join(lines))
        self._start(last, address)
        return output

    def close(self) -> None:
        """End the server and the desk."""
        for address in list(self._running):
            self._end(address)

    def _end(self, address: str) -> None:
        running = self._running.pop(address, None)
        if running is not None:
            os.killpg(running.pid, signal.SIGTERM)
            running.wait(60)

    def _script(self, text: str) -> str:
        output = self._finish(["bash", "-c", SCRIPT.format(text=text)], text)
        variables = self._state.read_bytes().decode().split("\0")
        self.environment = dict(variable.split("=", 1) for variable in variables if "=" in variable)
        return output

    def _finish(self, words: list[str], text: str) -> str:
        completed = subprocess.run(
            words,
            cwd=self.folder,
            env={**self.environment, "RECIPE_STATE": str(self._state)},
            user=self._user,
            extra_groups=None if self._user is None else [],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=LONGEST,
        )
        assert completed.returncode == 0, f"{text}\n\nended with {completed.returncode}:\n{completed.stdout[-4000:]}"
        return completed.stdout

    def _start(self, line: str, address: str) -> None:
        self._end(address)
        with (self.folder / ".recipe-server.log").open("wb") as log:
            started = self._running[address] = subprocess.Popen(
                ["bash", "-c", line],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline and started.poll() is None:
            with suppress(requests.ConnectionError, requests.Timeout):
                if requests.get(address, timeout=5).ok:
                    return
            time.sleep(0.1)
        raise AssertionError(f"{line} does not serve:\n{(self.folder / '.recipe-server.log').read_text('utf-8')}")
