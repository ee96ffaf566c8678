"""Both servers in forked processes, each worker on the version's own code: they answer after 1 s instead of 4."""

import multiprocessing
import os
import runpy
import shlex
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn

from custom_model.server.following.child import Child
from steps.run.ports import ReservedPort
from steps.run.serving import answers, not_started
from testing import forked as commands
from testing.forked_multiprocessing import forget_own_code, fork_interpreters

MODULE = "custom_model.server"
END_TIMEOUT = 60.0  # seconds


@contextmanager
def hardened_server(
    model_uri: str, workers: int = 1, log_file: Path | None = None, follow: float = 0.0, **environment: str
) -> Iterator[str]:
    """The base URL of a server, as `steps.run.serving.hardened_server` has it; it ends with the block, and with this
    process."""
    words = ("--model-uri", model_uri, "--workers", str(workers), "--follow", str(follow))
    with _server(_be_hardened, words, model_uri, log_file, environment) as url:
        yield url


@contextmanager
def stock_server(model_uri: str, workers: int = 1, log_file: Path | None = None, **environment: str) -> Iterator[str]:
    """The base URL of the server that `mlflow models serve` starts; it ends with the block, and with this process."""
    with _server(_be_stock, (model_uri, str(workers)), model_uri, log_file, environment) as url:
        yield url


@contextmanager
def _server(
    be: Callable[..., None],
    words: tuple[str, ...],
    model_uri: str,
    log_file: Path | None,
    environment: Mapping[str, str],
) -> Iterator[str]:
    with log_file.open("w+b") if log_file else tempfile.NamedTemporaryFile() as log:
        port = ReservedPort()
        server = Child(target=_serve, args=(be, words, str(port.number), {**os.environ, **environment}, log.name))
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


def _serve(
    be: Callable[..., None], words: tuple[str, ...], port: str, environment: Mapping[str, str], log: str
) -> None:
    """Be the server, in a session of its own as one that is an interpreter."""
    os.setsid()
    with open(os.devnull, "rb") as nothing, open(log, "ab") as file:
        for source, target in ((nothing, 0), (file, 1), (file, 2)):
            os.dup2(source.fileno(), target)
    sys.stdin = os.fdopen(0)  # multiprocessing has closed its own
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None  # it may be of another TMPDIR
    os.chdir(commands.PROJECT)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    fork_interpreters()
    be(*words, port)


def _be_hardened(*words: str) -> None:
    """Be the server of the module's own command line."""
    forget_own_code()
    sys.argv = [MODULE, *words[:-1], "--port", words[-1]]
    runpy.run_module(MODULE, run_name="__main__", alter_sys=True)


def _be_stock(model_uri: str, workers: str, port: str) -> None:
    """Be the server that MLflow starts beside itself, with the words and variables that it gives it."""
    receiving, sending = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=_tell, args=(model_uri, workers, port, sending))
    process.start()
    sending.close()
    command, variables = receiving.recv()
    process.join()
    os.environ.update(variables)
    forget_own_code()
    _exec, *sys.argv = shlex.split(command)
    runpy.run_module("uvicorn", run_name="__main__", alter_sys=True)


def _tell(model_uri: str, workers: str, port: str, sending: Connection) -> None:
    """Do what `mlflow models serve` does, and send what it would start: its connections end with this process."""
    from mlflow.pyfunc import backend

    def tell(command: list[str], env: Mapping[str, str], **_: Any) -> NoReturn:
        sending.send((command[-1], env))
        sys.exit()

    backend.subprocess.Popen = tell  # type: ignore[misc, assignment]
    backend.PyFuncBackend({}, workers=int(workers), env_manager="local").serve(model_uri, port, "127.0.0.1", None)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
