"""Headers of a request that mean nothing when sent twice."""

from collections import Counter

from custom_model.errors import Problem

DOUBLED = "expected once, got twice or more"
SINGLE = (b"content-type", b"idempotency-key")  # the parser itself refuses a second Content-Length


def doubled_headers(headers: list[tuple[bytes, bytes]]) -> list[Problem]:
    """A problem for each header of `SINGLE` that comes more than once: either could be the one meant."""
    counts = Counter(name for name, _ in headers)
    return [Problem(None, name.decode(), DOUBLED) for name in SINGLE if counts[name] > 1]
