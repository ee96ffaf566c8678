"""How a step talks to the person who runs it: its command line, its progress and its errors."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer


class UserError(Exception):
    """A mistake the user can mend: the message says what was expected, what came and what to do."""


def run(entry_point: Callable[..., object]) -> None:
    """Run an annotated function as a command line; a `UserError` ends it with status 2 and no traceback.

    SIGTERM ends it as Ctrl-C does, through every `finally`: no server or temporary folder is left behind.
    """
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command()(entry_point)
    try:
        app()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)


@contextmanager
def progress(title: str) -> Iterator[None]:
    """Say on standard error what is under way, and how long it took when it is done."""
    print(f"  {title} ...", file=sys.stderr, flush=True)
    start = time.perf_counter()
    yield
    print(f"  {title}: {time.perf_counter() - start:.1f} s", file=sys.stderr, flush=True)
