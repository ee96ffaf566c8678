"""Commands in processes forked from one that has the imports already: each starts in 0.1 s instead of 4."""

import atexit
import multiprocessing
import os
import resource
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import steps
from custom_model.server.following.child import Child
from custom_model.server.following.forked import PACKAGES

PROJECT = Path(steps.__file__).parents[1]
LONGEST = 600.0  # seconds of a command, less than pytest gives a test: this error has what the command said
STORES = [f"mlflow.store.{each}.sqlalchemy_workspace_store" for each in ("tracking", "model_registry")]
COMMANDS = [f"steps.{each.stem}" for each in PROJECT.joinpath("steps").glob("[a-z]*.py")]
IMPORTED = [*COMMANDS, *STORES, "testing.installed"]
INTERPRETER = sys.executable  # by which commands start others

# One process to fork from for these and for servers' workers: whoever is imported last says what it imports.
multiprocessing.get_context("forkserver").set_forkserver_preload([*IMPORTED, *PACKAGES])


@dataclass(frozen=True)
class Command:
    """What `python` is given: `-m` and a module, or `-c` and source, with arguments; and what it reads and writes."""

    words: tuple[str, ...]
    interpreter: str
    environment: Mapping[str, str]
    folder: Path
    largest_file: int | None
    input: str | None
    output: Path
    errors: Path


def run_forked(
    *words: object, folder: Path = PROJECT, largest_file: int | None = None, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """The ended command, as `subprocess.run([sys.executable, *words])` gives it, with its output as text.

    Parameters
    ----------
    words
        `-m` and a module, or `-c` and source, and the arguments.
    folder
        The working directory.
    largest_file
        Bytes that a file may have, as on a disk that is full.
    environment
        Variables beside those of this process.
    """
    return completed(tuple(map(str, words)), {**os.environ, **environment}, folder, largest_file)


def completed(
    words: tuple[str, ...],
    environment: Mapping[str, str],
    folder: Path,
    largest_file: int | None = None,
    input: str | None = None,
) -> "subprocess.CompletedProcess[str]":
    """The ended command, with this environment; `input` is the path of its standard input, None: this process's."""
    with tempfile.TemporaryDirectory() as scratch:
        output, errors = Path(scratch, "output"), Path(scratch, "errors")
        command = Command(words, INTERPRETER, environment, folder, largest_file, input, output, errors)
        process = Child(target=_run, args=(command,))
        process.start()
        process.join(LONGEST)
        if process.exitcode is None:
            process.kill()
            raise TimeoutError(
                f"{' '.join(words[:2])} still runs after {LONGEST:.0f} s:\n{errors.read_text()[-2_000:]}"
            )
        return subprocess.CompletedProcess(words, process.exitcode, output.read_text(), errors.read_text())


def piped(
    words: tuple[str, ...], environment: Mapping[str, str], folder: Path, reading: int, writing: int, errors: int
) -> Child:
    """The running command, in a session of its own, with the descriptors of its standard input, output and errors.

    They are closed here.
    """
    with (
        Connection(reading, writable=False) as input,
        Connection(writing, readable=False) as output,
        Connection(errors, readable=False) as third,
    ):
        process = Child(target=_run_piped, args=(words, environment, folder, input, output, third))
        process.start()
    return process


def _run_piped(words: tuple[str, ...], environment: Mapping[str, str], folder: Path, *streams: Connection) -> None:
    os.setsid()
    for target, stream in enumerate(streams):
        os.dup2(stream.fileno(), target)
        stream.close()
    sys.stdin = os.fdopen(0)  # multiprocessing has closed its own
    _be(environment, folder)
    _execute(words)


def _run(command: Command) -> None:
    _be(command.environment, command.folder)
    sys.executable = command.interpreter
    if command.input is not None:
        os.dup2(os.open(command.input, os.O_RDONLY), 0)
    for path, stream in ((command.output, sys.stdout), (command.errors, sys.stderr)):
        with path.open("wb") as file:
            os.dup2(file.fileno(), stream.fileno())
    if command.largest_file is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (command.largest_file, command.largest_file))
    _execute(command.words)


def _be(environment: Mapping[str, str], folder: Path) -> None:
    """Take the environment and the working directory of the command."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)


def _execute(words: tuple[str, ...]) -> None:
    kind, source, *arguments = words
    sys.modules.pop(source, None)  # imported before, and now run
    sys.argv = [source if kind == "-m" else kind, *arguments]
    try:
        if kind == "-m":
            runpy.run_module(source, run_name="__main__", alter_sys=True)
        else:
            exec(compile(source, "<string>", "exec"), {"__name__": "__main__"})
    finally:
        atexit._run_exitfuncs()  # which a process of multiprocessing leaves out
