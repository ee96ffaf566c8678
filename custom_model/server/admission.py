"""How much is under way at once: beyond it a request is refused at once, and no wait and no memory grows."""

from custom_model.errors import Unavailable

RETRY_AFTER = 1  # seconds; what is under way is answered long before


class Admission:
    """Counts requests, and the bytes of their bodies as they arrive.

    A request takes its place when its body is whole: clients that send slowly hold their own bytes, and
    no one's place. All calls come from the event loop's thread.
    """

    def __init__(self, max_requests: int, max_bytes: int):
        self.max_requests = max_requests
        self.max_bytes = max_bytes
        self.requests = 0
        self.bytes = 0

    def visit(self) -> "Visit":
        """A new request; raises `Unavailable` where there is no place for it now."""
        if self.requests >= self.max_requests:
            raise Unavailable("the server is busy", RETRY_AFTER)
        return Visit(self)


class Visit:
    """One request's share, given back by `leave`."""

    __slots__ = ("_admission", "_bytes", "_requests")

    def __init__(self, admission: Admission):
        self._admission = admission
        self._bytes = self._requests = 0

    def hold(self, size: int) -> None:
        """Count bytes that arrived; raises `Unavailable` where all bodies together are too large."""
        if self._admission.bytes + size > self._admission.max_bytes:
            raise Unavailable("the server is busy", RETRY_AFTER)
        self._admission.bytes += size
        self._bytes += size

    def enter(self) -> None:
        """Take a place; raises `Unavailable` where others took the last one meanwhile."""
        if self._admission.requests >= self._admission.max_requests:
            raise Unavailable("the server is busy", RETRY_AFTER)
        self._admission.requests += 1
        self._requests = 1

    def leave(self) -> None:
        """Give everything back."""
        self._admission.bytes -= self._bytes
        self._admission.requests -= self._requests
        self._bytes = self._requests = 0
