"""One promotion of a model at a time, wherever it runs: a lock in the registry itself.

MLflow has no compare-and-set on aliases, but the name of a registered model is unique in its database: of two who
create one at once, here or over HTTP, one succeeds. The lock is a registered model of a reserved name, there for the
moment in which a version becomes champion; its tags tell who holds it. A holder that stood still for longer than the
lease finds so at its next check, and goes no further: what remains is the moment between a check and the next write.
"""

import os
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import uuid4

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from steps.registry.names import lock_name
from steps.run.console import UserError
from steps.run.mlflow_errors import is_absence, is_taken

LEASE = 30.0  # seconds after which a lock that nobody has released is broken; its holder needs less than one
PAUSE = 0.1  # seconds between attempts
HOLDER, PLACE = "holder", "place"  # tags
PURPOSE = "A promotion holds this for a moment. If it was cut off, the next promotion removes it."


class PromotionLock:
    """The lock of a model, as one process takes it, holds it and releases it."""

    def __init__(self, model_name: str):
        self._name = lock_name(model_name)
        self._own = uuid4().hex
        self._client = MlflowClient()

    def take(self) -> None:
        """Wait for the lock; break one that stays the same for `LEASE` seconds of this process's clock."""
        seen, since = None, time.monotonic()
        while not self._is_created():
            tags = self._tags()
            holder = None if tags is None else tags.get(HOLDER, "")
            if holder != seen:
                if seen is None:
                    print("  waiting for another promotion of this model ...", file=sys.stderr, flush=True)
                seen, since = holder, time.monotonic()
            elif tags is not None and time.monotonic() - since > LEASE:
                self._remove()  # at once: in between, another may break it and take its own
                print(f"  the promotion of {tags.get(PLACE)} was cut off: its lock of {LEASE:g} s has run out")
            time.sleep(PAUSE)

    def check(self) -> None:
        """Raise `UserError` where another process has broken the lock, since this one stood still."""
        if not self._is_held():
            raise UserError(
                f"this promotion stood still for {LEASE:g} s, and another has gone on instead: run the command again, "
                "which compares with the present champion"
            )

    def release(self) -> None:
        """Remove the lock, unless it is another's by now. Where the registry fails it runs out by itself."""
        with suppress(MlflowException):
            if self._is_held():
                self._remove()

    def _is_created(self) -> bool:
        tags = {HOLDER: self._own, PLACE: f"process {os.getpid()} on {platform.node()}"}
        try:
            self._client.create_registered_model(self._name, tags, PURPOSE)
        except MlflowException as error:
            if is_taken(error) or is_absence(error):  # absent: released while MLflow looked whose it is
                return False
            raise
        return True

    def _is_held(self) -> bool:
        return (self._tags() or {}).get(HOLDER) == self._own

    def _tags(self) -> dict[str, str] | None:
        """The tags of the lock; None where there is no lock."""
        try:
            return self._client.get_registered_model(self._name).tags
        except MlflowException as error:
            if is_absence(error):
                return None
            raise

    def _remove(self) -> None:
        try:
            self._client.delete_registered_model(self._name)
        except MlflowException as error:
            if not is_absence(error):
                raise


@contextmanager
def promotion_lock(model_name: str) -> Iterator[PromotionLock]:
    """Hold the lock of the model for the block: only to read who is champion, and to change it."""
    lock = PromotionLock(model_name)
    lock.take()
    try:
        yield lock
    finally:
        lock.release()
