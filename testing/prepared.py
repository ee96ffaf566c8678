"""Commands of the documents in interpreters forked from one that has the packages imported: 4 s of a processor less.

A folder for the PATH has `python`, `mlflow` and `uvicorn` that ask for them (`testing.prepared_client`). Packages alone
are prepared: each command imports the project's own code, in its own folder, and reads its own variables.
"""

import atexit
import fcntl
import gc
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from custom_model.server.following.forked import PACKAGES
from testing import prepared_client
from testing.forked import IMPORTED
from testing.forked_multiprocessing import forget_own_code, fork_interpreters

HIGH = 500  # descriptors from here on are nobody's
PATIENCE = 120.0  # seconds for the packages to be imported


@contextmanager
def prepared_interpreters() -> Iterator[Path]:
    """The folder for the PATH; what was forked ends with the block."""
    with tempfile.TemporaryDirectory(prefix="prepared-") as name:
        folder, address = Path(name), f"{name}/socket"
        for program, first in (("python", ""), ("mlflow", "-m mlflow "), ("uvicorn", "-m uvicorn ")):
            file = folder / program
            client = f"{sys.executable} -I -S {prepared_client.__file__} {address} {sys.executable}"
            file.write_text(f'#!/bin/sh\nexec {client} {first}"$@"\n', "utf-8")
            file.chmod(0o755)
        command = [sys.executable, "-m", "testing.prepared", address, str(folder / "python")]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=Path(__file__).parents[1],
                env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            _await(process, Path(address))
            yield folder
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _await(process: "subprocess.Popen[bytes]", address: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not address.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"no prepared interpreter: {address.with_name('log').read_text('utf-8')[-2_000:]}")
        time.sleep(0.02)


def serve(address: str, executable: str) -> None:
    """Fork a process for each who connects: tell its number, then its status; end it where they leave before it.

    It ends, with all of them, soon after the process that started it.
    """
    parent = os.getppid()
    with socket.socket(socket.AF_UNIX) as listener, selectors.DefaultSelector() as selector:
        listener.bind(f"{address}.new")
        listener.listen(64)
        os.rename(f"{address}.new", address)
        selector.register(listener, selectors.EVENT_READ, lambda: _begin(selector, listener, executable))
        while os.getppid() == parent:
            for key, _ in selector.select(1.0):
                if key.fd in selector.get_map():  # else it ended with another of these
                    key.data()
    os.killpg(0, signal.SIGKILL)


def _begin(selector: selectors.BaseSelector, listener: socket.socket, executable: str) -> None:
    connection, _ = listener.accept()
    try:
        process = _fork(connection, executable)
    except (OSError, ValueError):  # they left before they had asked
        connection.close()
        return
    ended = os.pidfd_open(process)

    def leave() -> None:
        os.kill(process, signal.SIGKILL)
        selector.unregister(connection)

    def end() -> None:
        _, status = os.waitpid(process, 0)
        selector.unregister(ended)
        os.close(ended)
        if connection in selector.get_map():
            selector.unregister(connection)
            with suppress(BrokenPipeError):
                connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
        connection.close()

    selector.register(connection, selectors.EVENT_READ, leave)
    selector.register(ended, selectors.EVENT_READ, end)
    with suppress(BrokenPipeError):  # that is read as their leaving
        connection.sendall(f"{process}\n".encode())


def _fork(connection: socket.socket, executable: str) -> int:
    header, files, *_ = socket.recv_fds(connection, 8, 250)
    try:
        with connection.makefile("rb") as stream:
            request = json.loads(stream.read(int.from_bytes(header)))
        process = os.fork()
        if process == 0:
            _be_forked(files, request, executable)
        return process
    finally:
        for file in files:
            os.close(file)


def _be_forked(files: list[int], request: dict[str, Any], executable: str) -> NoReturn:
    status = 1
    try:
        targets = dict(zip(files, request["files"], strict=True))
        _become(targets, executable, request["environment"], request["folder"])
        status = _execute(request["words"])
    except BaseException:  # whatever it is, this process goes no further
        traceback.print_exc()
    finally:
        os._exit(status)


def _become(targets: dict[int, int], executable: str, environment: dict[str, str], folder: str) -> None:
    """Take the descriptors, variables and working directory of who asked.

    Limits, the mask of new files, and what Python reads from variables when it begins stay those of this process.
    """
    high = {fcntl.fcntl(file, fcntl.F_DUPFD, HIGH): target for file, target in targets.items()}
    os.closerange(3, HIGH)  # the listener, and who asked for others
    for file, target in high.items():
        os.dup2(file, target)
        os.close(file)
    sys.stdin = os.fdopen(0, closefd=False)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=stream is sys.stderr or os.isatty(1))  # type: ignore[union-attr]
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    tempfile.tempdir = None
    sys.executable = executable
    sys.path[0:1] = [folder, *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]


def _execute(words: list[str]) -> int:
    """Run `-m module ...` or `-c source ...`; return the exit status."""
    kind, source, *arguments = words
    sys.argv = [source if kind == "-m" else kind, *arguments]
    status = 0
    try:
        if kind == "-m":
            runpy.run_module(source, run_name="__main__", alter_sys=True)
        else:
            main = sys.modules["__main__"] = ModuleType("__main__")  # with nothing that this module has imported
            exec(compile(source, "<string>", "exec"), main.__dict__)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
        status = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return status


def _prepare() -> None:
    """Import what the project's commands import, and forget the project's own part of it."""
    for name in [*IMPORTED, *PACKAGES, "mlflow.cli", "mlflow.projects"]:
        import_module(name)
    forget_own_code()
    fork_interpreters()
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    _prepare()
    serve(*sys.argv[1:])
