"""The end of a command at once: what it holds in memory ends with the process.

Python frees the million objects of MLflow's modules one by one first, half a second to a second of a processor.
"""

import atexit
import os
import sys
import threading
from contextlib import suppress
from typing import NoReturn, TextIO

UNWRITTEN = 120  # the status of Python itself where its last output cannot be written


def leave(status: object = 0) -> NoReturn:
    """End this process as `sys.exit(status)` in its main thread: threads end, `atexit` runs, output is written.

    Where output cannot be written the status is `UNWRITTEN`, unless it is that of an error already.
    """
    if status is not None and not isinstance(status, int):
        print(status, file=sys.stderr)
        status = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    written = [_flushed(stream) for stream in (sys.stdout, sys.stderr)]
    os._exit((status or 0) & 0xFF if status or all(written) else UNWRITTEN)


def _flushed(stream: TextIO | None) -> bool:
    """Whether all of the stream is written: not of one that nobody reads any more, which is no error to print."""
    try:
        if stream is not None and not stream.closed:
            stream.flush()
    except BrokenPipeError:
        return False
    except (OSError, ValueError) as error:
        with suppress(OSError, ValueError):
            print(f"error: the output cannot be written: {error}", file=sys.stderr, flush=True)
        return False
    return True
