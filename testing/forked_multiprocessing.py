"""The interpreters that multiprocessing starts, forked: its fork server, its tracker and what it spawns.

An interpreter imports MLflow and LightGBM for 3 s of a processor. A fork of a process that has them does not, and runs
the same source on the same descriptors, with none of the project's own code: it imports that as an interpreter would.
"""

import os
import signal
import sys
import traceback
from collections.abc import Iterable
from contextlib import suppress
from multiprocessing import util
from types import ModuleType
from typing import NoReturn

OWN = ("steps", "custom_model", "testing", "prometheus_client")  # of the last, metrics: it reads a variable on import
STREAMS = {0, 1, 2}

_left: list[object] = []


def fork_interpreters() -> None:
    """From now on multiprocessing forks this process, and its forks, where it would start an interpreter."""
    util.spawnv_passfds = _fork  # type: ignore[assignment]


def forget_own_code() -> None:
    """Have this process import the project's code anew, and what reads its variables on import."""
    for name in [each for each in sys.modules if each.partition(".")[0] in OWN]:
        del sys.modules[name]


def _fork(_executable: bytes, words: list[bytes | str], descriptors: Iterable[int]) -> int:
    """As `multiprocessing.util.spawnv_passfds` of an interpreter: its source follows -c."""
    process = os.fork()
    if process == 0:
        at = words.index("-c") + 1
        _become(str(words[at]), [str(each) for each in words[at + 1 :]], {*STREAMS, *descriptors})
    return process


def _become(source: str, arguments: list[str], descriptors: set[int]) -> NoReturn:
    status = 1
    try:
        _reset_signals()
        for each in {int(name) for name in os.listdir("/proc/self/fd")} - descriptors:
            with suppress(OSError):  # the one that listed them
                os.close(each)
        _renew_streams()
        forget_own_code()
        sys.argv = ["-c", *arguments]
        main = sys.modules["__main__"] = ModuleType("__main__")
        exec(compile(source, "<string>", "exec"), main.__dict__)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # whatever it is, this process goes no further
        traceback.print_exc()
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _renew_streams() -> None:
    """A stream that another thread was reading is locked for good, also for its own end: it is left as it is."""
    _left.extend((sys.stdin, sys.stdout, sys.stderr))
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", closefd=False)


def _reset_signals() -> None:
    """Handlers of the process that was forked are not inherited by an interpreter."""
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
