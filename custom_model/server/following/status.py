"""What a server follows, and why not: for its log, `/ready` and its metrics."""

import logging
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

import orjson

from custom_model.server.following.alias import Alias

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Gauge

FILE = "following.json"  # in the folder that the workers share; older code does not look for it
Cause = Literal["registry", "version"]

log = logging.getLogger(__name__)


class Status:
    """The supervisor's; all methods may be called from any thread.

    The metrics are files of the supervisor's in the workers' folder of metrics, which each worker exposes with its own.
    `version` is what the alias pointed to when the server started, where that is known.
    """

    def __init__(self, alias: Alias, folder: Path, version: str | None = None):
        from prometheus_client import CollectorRegistry  # after the variable of the folder is set

        self._alias = alias
        self._file = folder / FILE
        self._lock = Lock()
        self._version: str | None = None
        self._problem: str | None = None
        self._written = b""
        self._following, self._changes, self._failures = following_metrics(CollectorRegistry())
        self.follows(version)

    def follows(self, version: str | None) -> None:
        """The version that decides is the alias's, or is about to be."""
        with self._lock:
            self._version, had_problem = version or self._version, self._problem is not None
            self._problem = None
            self._following.set(1)
            self._write()
        if had_problem:
            log.warning("%s is followed again", self._alias)

    def fails(self, cause: Cause, problem: str, version: str | None = None) -> None:
        """The alias is not followed, for this reason; the same one again is counted, and not logged."""
        self._failures.labels(cause).inc()
        self.remains(problem, version)

    def remains(self, problem: str, version: str | None = None) -> None:
        """The alias is still not followed, for this reason: nothing has failed anew."""
        with self._lock:
            is_new = problem != self._problem
            self._version, self._problem = version or self._version, problem
            self._following.set(0)
            self._write()
        if is_new:
            log.warning("%s is not followed: %s", self._alias, problem)

    def took_over(self, label: str, former: str) -> None:
        """A version decides in place of another, in all workers."""
        self._changes.inc()
        log.warning("%s decides in place of %s", label, former)

    def _write(self) -> None:
        content = orjson.dumps({"alias": str(self._alias), "version": self._version, "problem": self._problem})
        if content == self._written:
            return
        whole = self._file.with_suffix(".new")
        try:
            whole.write_bytes(content)
            whole.replace(self._file)
            self._written = content
        except OSError as error:  # a full disk
            log.warning("%s cannot be written (%s)", self._file.name, error.strerror)


def following_metrics(registry: "CollectorRegistry") -> tuple["Gauge", "Counter", "Counter"]:
    """Whether the alias is followed, versions that took over, and failures by cause, in this registry."""
    from prometheus_client import Counter, Gauge

    follows = Gauge(
        "credit_scoring_following",
        "1 while the server follows its alias, 0 while it does not: /ready says why; only where it follows one",
        registry=registry,
        multiprocess_mode="mostrecent",
    )
    changes = Counter("credit_scoring_changes", "Versions that took over since the server started", registry=registry)
    failures = Counter(
        "credit_scoring_failed_follows",
        "Times that the server did not follow its alias: no answer of the registry, or a version not taken",
        ["cause"],
        registry=registry,
    )
    for cause in ("registry", "version"):
        failures.labels(cause)
    return follows, changes, failures


def following(folder: str | None) -> dict[str, Any] | None:
    """What the server of this worker follows, as its supervisor last wrote; None where it follows nothing."""
    if folder is None:
        return None
    try:
        return orjson.loads(Path(folder, FILE).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
