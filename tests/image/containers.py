"""Docker's engine for the tests: images, containers, and what it says about them."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import requests

from steps.run.ports import ReservedPort

PATIENT = 90.0  # seconds, on a machine that is busy with other tests


def docker(*arguments: str, check: bool = True) -> str:
    """The output of docker with these arguments; an error has the end of what it said."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, done.stderr[-2000:]
    return (done.stdout + done.stderr if not check else done.stdout).strip()


def inspected(what: str, template: str) -> Any:
    """A part of what the engine has on record about an image or container."""
    return json.loads(docker("inspect", "--format", f"{{{{json {template}}}}}", what))


class Container:
    """A container that runs, and the base URL of its server."""

    def __init__(self, name: str, url: str):
        self.name = name
        self.url = url

    def post(self, body: object, **headers: str) -> requests.Response:
        return requests.post(f"{self.url}/invocations", json=body, headers=headers, timeout=PATIENT)

    def ready(self) -> dict | None:
        """The body of /ready where it is 200, else None."""
        try:
            answer = requests.get(f"{self.url}/ready", timeout=10)
        except requests.RequestException:
            return None
        return answer.json() if answer.status_code == 200 else None

    def wait_for(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENT
        while not condition():
            assert inspected(self.name, ".State.Running"), docker("logs", self.name, check=False)[-3000:]
            assert time.monotonic() < deadline, docker("logs", self.name, check=False)[-3000:]
            time.sleep(0.1)

    def memory(self) -> int:
        """Bytes of the container, as its control group counts them."""
        figure = docker("stats", "--no-stream", "--format", "{{.MemUsage}}", self.name).split("/")[0].strip()
        unit = {"MiB": 2**20, "GiB": 2**30}[figure[-3:]]
        return int(float(figure[:-3]) * unit)


@contextmanager
def container(
    image: str, *options: str, command: tuple[str, ...] = (), inside: int = 8080, ping: str = "/ready"
) -> Iterator[Container]:
    """A container of the image with a port on 127.0.0.1, until the block ends; returned once it answers `ping`."""
    port = ReservedPort()
    name = f"scoring-test-{port.number}"
    docker("run", "-d", "--name", name, "-p", f"127.0.0.1:{port.number}:{inside}", *options, image, *command)
    try:
        running = Container(name, f"http://127.0.0.1:{port.number}")
        running.wait_for(lambda: answers(f"{running.url}{ping}"))
        yield running
    finally:
        docker("rm", "-f", "-v", name)


@contextmanager
def container_of_the_host(image: str, *options: str, command: tuple[str, ...] = ()) -> Iterator[Container]:
    """The same on the host's own network, where it reaches servers that listen on 127.0.0.1 alone."""
    port = ReservedPort()
    name = f"scoring-test-{port.number}"
    address = ("--host", "127.0.0.1", "--port", str(port.number))
    docker("run", "-d", "--name", name, "--network", "host", *options, image, *command, *address)
    try:
        running = Container(name, f"http://127.0.0.1:{port.number}")
        running.wait_for(running.ready)
        yield running
    finally:
        docker("rm", "-f", "-v", name)


COUNT = """
import sqlite3
print(sqlite3.connect("/log/decisions.db").execute("SELECT count(*) FROM decisions").fetchone()[0])
"""  # decisions on record, for a Python in a container


@contextmanager
def volume(name: str) -> Iterator[str]:
    """An empty volume, removed after the block."""
    docker("volume", "create", name)
    try:
        yield name
    finally:
        docker("volume", "rm", "-f", name)


def wait_until(condition: Callable[[], object], patience: float = 2 * PATIENT) -> None:
    """Return once the condition holds; fail after so many seconds."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def answers(url: str) -> bool:
    """Whether a server answers 200 there."""
    try:
        return requests.get(url, timeout=10).status_code == 200
    except requests.RequestException:
        return False
