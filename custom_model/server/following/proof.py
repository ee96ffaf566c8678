"""The proof of a release: a worker of it, at a private address, answers the version's example and is ready."""

import json
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event, Thread
from typing import Any

from uvicorn import Config
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Process

from custom_model.metrics.counters import FOLDER
from custom_model.server.following.example import Example
from custom_model.server.following.problems import Refused, Unreachable
from custom_model.server.following.release import Release

START_SECONDS = 300.0  # for a worker to load a version, on a busy machine and after its servers
ANSWER_SECONDS = 30.0
END_SECONDS = 10.0
NICE = 10  # the servers' requests come first


def prove(release: Release, config: Config, folder: Path, ends: Event) -> None:
    """Start a worker of the release on 127.0.0.1, and ask it, as a simulation: nothing is decided or recorded.

    `folder` is a new one for its metrics, apart from the server's; `ends` gives the proof up. Raises `Refused` where it
    cannot be loaded, or answers another decision than the one logged with the version; `Unreachable` where it is not
    ready in time, or its stores are not.
    """
    try:
        example = Example.of(release.model)
    except ValueError as error:
        raise Refused(f"it cannot be proven: {error}; restart the server to serve it all the same") from None
    with _worker(release, config, folder, ends) as connection:
        try:
            _check_answer(release, example, connection)
            _check_readiness(connection)
        except (OSError, HTTPException) as error:
            raise Unreachable(f"it does not answer ({type(error).__name__})") from None


@contextmanager
def _worker(release: Release, config: Config, folder: Path, ends: Event) -> Iterator[HTTPConnection]:
    folder.mkdir(exist_ok=True)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = release.start(config, [listener], **{FOLDER: str(folder)})
        try:
            assert process.pid is not None
            os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
            if not process.wait_until_ready(START_SECONDS, ends):
                raise _not_started(process, ends)
            host, port = listener.getsockname()
            with (
                _killed_when(ends, process),
                closing(HTTPConnection(host, port, timeout=ANSWER_SECONDS)) as connection,
            ):
                yield connection
        finally:
            process.terminate()
            process.process.join(0.0 if ends.is_set() else END_SECONDS)
            process.kill()
            process.join()
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _killed_when(ends: Event, process: Process) -> Iterator[None]:
    """Kill the worker once the server ends: an answer that never comes would hold that up by half a minute."""
    over = Event()

    def watch() -> None:
        while not over.wait(0.1):
            if ends.is_set():
                process.process.kill()
                return

    watching = Thread(target=watch, name="proof", daemon=True)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()


def _not_started(process: Process, ends: Event) -> Exception:
    if ends.is_set():
        return Unreachable("the server ends")
    if process.exitcode is None:
        return Unreachable(f"it does not load within {START_SECONDS:.0f} s")
    if process.exitcode == STARTUP_FAILURE or process.exitcode > 0:
        return Refused("it cannot be loaded: the server's log has why")
    return Unreachable(f"its worker was ended by signal {-process.exitcode} before it was ready")


def _check_answer(release: Release, example: Example, connection: HTTPConnection) -> None:
    headers = {"Content-Type": "application/json"}
    connection.request("POST", "/invocations", example.body(reasons="none", simulate=True), headers)
    response = connection.getresponse()
    status, answer = response.status, _json(response.read())
    if status == 503:
        raise Unreachable("its example gets 503 in place of a decision")
    try:
        (decision,) = answer["predictions"]
        wrong = example.differences(decision)
    except (TypeError, KeyError, ValueError, AttributeError):
        raise Refused(f"its example gets status {status} in place of a decision") from None
    if decision.get("model") != release.label:
        wrong.append(f"model {decision.get('model')!r} for {release.label!r}")
    if wrong:
        raise Refused(f"it answers its example unlike when it was logged: {', '.join(wrong)}")


def _check_readiness(connection: HTTPConnection) -> None:
    connection.request("GET", "/ready")
    response = connection.getresponse()
    status, answer = response.status, _json(response.read())
    if status != 200:
        stores = answer.get("stores", {}) if isinstance(answer, dict) else {}
        missed = " and ".join(name for name, answers in stores.items() if not answers) or f"status {status}"
        raise Unreachable(f"it is not ready: it misses {missed}")


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None
