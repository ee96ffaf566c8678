"""Admission control: beyond its limits a request gets 503 at once, so neither waits nor memory grow."""

from custom_model.errors import Unavailable

RETRY_AFTER = 1  # seconds, far longer than requests in progress take


class Admission:
    """Counts requests in progress, and the bytes of their heads and bodies as they arrive.

    A request counts from when its body is complete: slow clients use up bytes, not requests. All calls come
    from the event loop's thread.
    """

    def __init__(self, max_requests: int, max_bytes: int):
        self.max_requests = max_requests
        self.max_bytes = max_bytes
        self.requests = 0
        self.bytes = 0

    def permit(self) -> "Permit":
        """A permit for a new request; raises `Unavailable` when the server is full."""
        if self.requests >= self.max_requests:
            raise Unavailable("the server is busy", RETRY_AFTER)
        return Permit(self)


class Permit:
    """One request's share of the limits, or that of a connection's heads, until `release`."""

    __slots__ = ("_admission", "_requests", "bytes")

    def __init__(self, admission: Admission):
        self._admission = admission
        self.bytes = self._requests = 0

    def reserve(self, size: int) -> None:
        """Count more bytes; raises `Unavailable` when all heads and bodies together exceed the limit."""
        if self._admission.bytes + size > self._admission.max_bytes:
            raise Unavailable("the server is busy", RETRY_AFTER)
        self._admission.bytes += size
        self.bytes += size

    def enter(self) -> None:
        """Count the request; raises `Unavailable` when others have filled the server meanwhile."""
        if self._admission.requests >= self._admission.max_requests:
            raise Unavailable("the server is busy", RETRY_AFTER)
        self._admission.requests += 1
        self._requests = 1

    def release(self) -> None:
        """Return the request and its bytes; a second call does nothing."""
        self._admission.bytes -= self.bytes
        self._admission.requests -= self._requests
        self.bytes = self._requests = 0
