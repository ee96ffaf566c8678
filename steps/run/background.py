"""A task beside another one, in a thread that keeps no process alive: an interrupted step ends at once."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Background(Generic[Result]):
    """Starts the task; `result` waits for it, and returns or raises what it does."""

    def __init__(self, task: Callable[[], Result]):
        self._results: list[Result] = []
        self._errors: list[BaseException] = []
        self._thread = threading.Thread(target=self._run, args=(task,), daemon=True)
        self._thread.start()

    def _run(self, task: Callable[[], Result]) -> None:
        try:
            self._results.append(task())
        except BaseException as error:
            self._errors.append(error)

    def wait(self) -> None:
        """Return once the task has ended."""
        self._thread.join()

    def result(self) -> Result:
        """What the task returned; raises what it raised."""
        self.wait()
        if self._errors:
            raise self._errors[0]
        return self._results[0]
