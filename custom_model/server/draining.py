"""Draining: before it ends, a worker answers its requests and closes idle connections."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path

from uvicorn import Server

from custom_model.metrics.counters import FOLDER

# Seconds between the signal and uvicorn's own shutdown, which closes idle connections together with requests that it
# has not read yet. In between each answer closes its connection.
GRACE = 0.5
LONGEST = 31.0  # seconds; within them a connection of a retired worker is used, or closed by its own timers
RETIRED = "retired-{}"  # a file in the workers' folder: the worker with this process id alone ends, not the server

End = Callable[[int, None], object]


class Draining:
    """Delays the signals that end the worker; `has_begun` is True from the first signal on.

    A worker that is retired, as another takes its place, accepts no more connections. It waits until those that it has
    are closed: each by its next answer, or unused by its timer, as at any other time.
    """

    def __init__(self) -> None:
        self.has_begun = False
        self.is_retired = False
        self._waiting: asyncio.Task | None = None

    def listen(self) -> None:
        """Wrap uvicorn's signal handlers; call it in the main thread's event loop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            end = signal.getsignal(number)

            def begin(number: int, frame: object, end=end) -> None:
                self.has_begun, self.is_retired = True, _is_retired()
                loop.call_soon_threadsafe(self._drain, loop, end, number)

            if callable(end):
                signal.signal(number, begin)
        supervisor = multiprocessing.parent_process()
        if supervisor is not None:
            loop.add_reader(supervisor.sentinel, self._end_alone, loop, supervisor.sentinel)

    def _drain(self, loop: asyncio.AbstractEventLoop, end: End, number: int) -> None:
        server = getattr(end, "__self__", None)  # of uvicorn's own handler
        if self.is_retired and isinstance(server, Server):
            for listener in getattr(server, "servers", ()):
                listener.close()
            self._waiting = loop.create_task(_end_unused(server, end, number))
        else:
            loop.call_later(GRACE, end, number, None)

    def _end_alone(self, loop: asyncio.AbstractEventLoop, sentinel: int) -> None:
        """End when the supervisor was killed: nothing would replace this worker, which still occupies the port."""
        loop.remove_reader(sentinel)
        signal.raise_signal(signal.SIGTERM)


async def _end_unused(server: Server, end: End, number: int) -> None:
    """End once no connection is left, or `LONGEST` is over."""
    deadline = asyncio.get_running_loop().time() + LONGEST
    await asyncio.sleep(GRACE)
    while server.server_state.connections and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(0.1)
    end(number, None)


def _is_retired() -> bool:
    folder = os.environ.get(FOLDER)
    return folder is not None and Path(folder, RETIRED.format(os.getpid())).exists()
