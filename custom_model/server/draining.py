"""The end of a worker: what is under way is answered, and clients that hold a connection are told to let go."""

import asyncio
import multiprocessing
import signal

# uvicorn closes idle connections as soon as it hears SIGTERM, with requests that it has not read yet. For as long
# as this, in seconds, it hears nothing, and each answer closes its connection instead.
GRACE = 0.5


class Draining:
    """Delays the signals that end the worker; `begun` from the first of them on."""

    def __init__(self):
        self.begun = False

    def listen(self) -> None:
        """Stand before uvicorn's own handlers; to be called in the event loop of the main thread."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            end = signal.getsignal(number)

            def begin(number: int, frame: object, end=end) -> None:
                self.begun = True
                loop.call_soon_threadsafe(loop.call_later, GRACE, end, number, None)

            if callable(end):
                signal.signal(number, begin)
        supervisor = multiprocessing.parent_process()
        if supervisor is not None:
            loop.add_reader(supervisor.sentinel, self._end_alone, loop, supervisor.sentinel)

    def _end_alone(self, loop: asyncio.AbstractEventLoop, sentinel: int) -> None:
        """The supervisor was killed: without it this worker would hold the port, and nobody would replace it."""
        loop.remove_reader(sentinel)
        signal.raise_signal(signal.SIGTERM)
