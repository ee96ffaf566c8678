"""The hardened server in forked processes, its worker on the version's own code: it answers after 1 s instead of 4."""

import ctypes
import multiprocessing
import os
import runpy
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

from uvicorn._subprocess import subprocess_started
from uvicorn.supervisors.multiprocess import Process

from custom_model.server import first_download
from custom_model.server.following import release
from custom_model.server.following.child import Child
from steps.run.ports import ReservedPort
from steps.run.serving import answers, not_started
from testing import forked as commands

MODULE = "custom_model.server"
END_TIMEOUT = 60.0  # seconds
END_WITH_PARENT = 1  # PR_SET_PDEATHSIG: a supervisor that is killed leaves no worker
OWN_TO_A_WORKER = ("custom_model", "prometheus_client")  # the version's code, and what reads a variable on import


@contextmanager
def hardened_server(
    model_uri: str, workers: int = 1, log_file: Path | None = None, **environment: str
) -> Iterator[str]:
    """The base URL of a server, as `steps.run.serving.hardened_server` has it: its checks, workers and end are its own.

    It ends with the block, and with this process; it does not follow its alias.
    """
    with log_file.open("w+b") if log_file else tempfile.NamedTemporaryFile() as log:
        port = ReservedPort()
        words = ("--model-uri", model_uri, "--workers", str(workers), "--follow", "0", "--port", str(port.number))
        server = Child(target=_serve, args=(words, {**os.environ, **environment}, log.name))
        server.start()
        try:
            if not answers(f"http://127.0.0.1:{port.number}", lambda: server.exitcode is None):
                raise not_started(Path(log.name).read_bytes())
            yield f"http://127.0.0.1:{port.number}"
        finally:
            server.terminate()
            server.join(END_TIMEOUT)
            if server.exitcode is None:
                server.kill()
                raise TimeoutError(f"a server of {model_uri} still runs {END_TIMEOUT:.0f} s after SIGTERM")


def _serve(words: tuple[str, ...], environment: Mapping[str, str], log: str) -> None:
    """Be the server: the module's own command line, whose workers are forked from this process."""
    with open(log, "ab") as file:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(file.fileno(), stream.fileno())
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(commands.PROJECT)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    fork_workers()
    sys.argv = [MODULE, *words]
    runpy.run_module(MODULE, run_name="__main__", alter_sys=True)


def fork_workers() -> None:
    """Have the server that this process becomes fork its workers: it has their packages already."""
    release.forked = _forked_worker  # type: ignore[assignment]
    first_download.Child = multiprocessing.get_context("fork").Process  # type: ignore[misc, assignment]


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def _forked_worker(process: Process, sockets: list[socket.socket], variables: Mapping[str, str]) -> BaseProcess:
    return multiprocessing.get_context("fork").Process(target=_work, args=(process, sockets, variables))


def _work(process: Process, sockets: list[socket.socket], variables: Mapping[str, str]) -> None:
    """Be the worker, on the code that sys.path has first by now: the version's."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(END_WITH_PARENT, signal.SIGKILL)
    os.environ.clear()
    os.environ.update(variables)
    for name in [each for each in sys.modules if each.partition(".")[0] in OWN_TO_A_WORKER]:
        del sys.modules[name]
    subprocess_started(process.config, process.target, sockets, None)
