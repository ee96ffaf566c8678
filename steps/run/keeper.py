"""The keeper of a server or another command: it ends that once whoever started it has ended, even by kill -9.

Run as a script; its standard input is a pipe whose other end only the starting process has. The first line is the
server's command as JSON, and the end of file is that process's end, or its wish. A parent-death signal would reach the
server but not its workers. Only the standard library is imported: it starts in a moment.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

GRACE = 10  # seconds until a server that ignores SIGTERM is killed
POLL = 0.02  # seconds between two looks for workers that are left
ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER
INPUT = 0  # read without sys.stdin, whose lock would keep a daemon thread from ending with the process


def main() -> int:
    """Run the command in a session of its own, until it ends or the input does; return its exit status."""
    text = _read_line()
    if not text.endswith(b"\n"):
        return 0  # the starting process has ended already
    if sys.platform == "linux":  # a dead worker that the system's first process is slow to reap would be waited for
        ctypes.CDLL(None).prctl(ADOPT_ORPHANS, 1)
    server = subprocess.Popen(json.loads(text), stdin=subprocess.DEVNULL, start_new_session=True)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=_end, args=(server,)).start())
    threading.Thread(target=_end_with_input, args=(server,), daemon=True).start()
    try:
        return server.wait()
    finally:
        _end_workers(server.pid)


def _read_line() -> bytes:
    text = b""
    while not text.endswith(b"\n") and (more := os.read(INPUT, 65_536)):
        text += more
    return text


def _end_with_input(server: subprocess.Popen) -> None:
    while os.read(INPUT, 1):
        pass
    _end(server)


def _end(server: subprocess.Popen) -> None:
    """End the server and its workers, which are its process group; they are killed where the server stays."""
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(GRACE)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)


def _end_workers(group: int) -> None:
    """End workers that outlive their server: those of a killed one, and those that still answer what they hold."""
    deadline = time.monotonic() + GRACE
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGTERM)
        while time.monotonic() < deadline:
            _reap(group)
            os.killpg(group, 0)
            time.sleep(POLL)
        os.killpg(group, signal.SIGKILL)


def _reap(group: int) -> None:
    """Let dead workers go, which are this process's children where their server has ended before them."""
    with suppress(ChildProcessError):
        while os.waitpid(-group, os.WNOHANG)[0]:
            pass


if __name__ == "__main__":
    sys.exit(main())
