"""Draining: before it ends, a worker answers its requests and closes idle connections."""

import asyncio
import multiprocessing
import signal

# Seconds between the signal and uvicorn's own shutdown, which closes idle connections together with requests that it
# has not read yet. In between each answer closes its connection.
GRACE = 0.5


class Draining:
    """Delays the signals that end the worker; `has_begun` is True from the first signal on."""

    def __init__(self):
        self.has_begun = False

    def listen(self) -> None:
        """Wrap uvicorn's signal handlers; call it in the main thread's event loop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            end = signal.getsignal(number)

            def begin(number: int, frame: object, end=end) -> None:
                self.has_begun = True
                loop.call_soon_threadsafe(loop.call_later, GRACE, end, number, None)

            if callable(end):
                signal.signal(number, begin)
        supervisor = multiprocessing.parent_process()
        if supervisor is not None:
            loop.add_reader(supervisor.sentinel, self._end_alone, loop, supervisor.sentinel)

    def _end_alone(self, loop: asyncio.AbstractEventLoop, sentinel: int) -> None:
        """End when the supervisor was killed: nothing would replace this worker, which still occupies the port."""
        loop.remove_reader(sentinel)
        signal.raise_signal(signal.SIGTERM)
