"""The console: command line, progress, errors."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NoReturn

import typer
from mlflow.exceptions import MlflowException

from custom_model.leaving import leave
from steps.run.failures import failure_sentence
from steps.run.printable import printable
from steps.run.project_run import end_unstarted, is_project_run
from steps.run.settings import FOLDER

KILLED = "KILLED", "it was interrupted"
ENDS: dict[object, tuple[str, str]] = {  # status and reason of the run of `mlflow run`, by exit status
    0: ("FINISHED", ""),
    2: ("FAILED", "an option is wrong: the console says which, and what was expected"),
}


class UserError(Exception):
    """An error that the user can fix: the message states what was expected, what came instead and what to do."""


def run(entry_point: Callable[..., object]) -> None:
    """Run an annotated function as a command line.

    A `UserError`, and a disk, folder, store or network that fails, exit with status 2 and one line: no traceback.
    SIGTERM runs every `finally`, as Ctrl-C does, so that servers end and temporary folders disappear. A function of the
    program that Python runs ends the process, except under a profiler or a debugger, which go on.
    """
    try:
        _run(entry_point)
    except SystemExit as end:
        if entry_point.__module__ == "__main__" and sys.getprofile() is None and sys.gettrace() is None:
            leave(end.code)
        raise


def _run(entry_point: Callable[..., object]) -> None:
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command()(entry_point)
    try:
        _check_arguments(sys.argv[1:])
        _enter_folder()
        app()
    except SystemExit as end:
        _end_project_run(*ENDS.get(end.code, KILLED))
        raise
    except UserError as error:
        _fail(str(error))
    except Exception as error:
        sentence = failure_sentence(error)
        if sentence is None:
            raise
        _fail(sentence)


def _check_arguments(arguments: Sequence[str]) -> None:
    """Raise `UserError` for an argument that is no text: no database can store it, in a run or elsewhere."""
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError:
            raise UserError(f"expected arguments in UTF-8, got {argument!r}: rename the file") from None


def _enter_folder() -> None:
    """Make relative paths start where the caller of `mlflow run` is: MLflow itself changes to the project's folder."""
    folder = os.environ.get(FOLDER)
    if folder:
        try:
            os.chdir(folder)
        except OSError as error:
            raise UserError(f"folder: {folder} cannot be entered: {error.strerror}") from None


def _fail(message: str) -> NoReturn:
    print("\n".join(printable(line) for line in f"error: {message}".split("\n")), file=sys.stderr)
    _end_project_run("FAILED", message)
    sys.exit(2)


def _end_project_run(status: str, reason: str) -> None:
    """Name and end the run of `mlflow run` where the step has not done so: it is one without a run, or never began."""
    if is_project_run():
        with suppress(MlflowException):  # of a store that fails: the step's own end counts
            end_unstarted(status, reason)


@contextmanager
def progress(title: str) -> Iterator[None]:
    """Report on standard error that a task starts, and how long it took when it succeeds."""
    print(f"  {title} ...", file=sys.stderr, flush=True)
    start = time.perf_counter()
    yield
    print(f"  {title}: {time.perf_counter() - start:.1f} s", file=sys.stderr, flush=True)


def listed(names: Sequence[str], most: int) -> str:
    """The names with commas, printable, beyond `most` of them their number: "a, b and 1,200 more"."""
    rest = len(names) - most
    return ", ".join(map(printable, names[:most])) + (f" and {rest:,} more" if rest > 0 else "")


def counted(count: int, noun: str) -> str:
    """A count with its noun, which takes an -s in the plural: 1 row, 1,200 rows."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
