"""Identifiers that sort by time: UUID version 7 (RFC 9562, section 5.7)."""

import os
import time
from uuid import UUID

LATEST = (1 << 48) - 1  # milliseconds: the year 10889


def uuid7() -> UUID:
    """A UUID of 48 bits of Unix time in milliseconds and 74 random bits, with version 7 and variant 10.

    A clock outside the 48 bits, such as one before 1970, gives the nearest time in them: unique, but not in its order.
    """
    milliseconds = min(max(time.time_ns() // 1_000_000, 0), LATEST)
    bits = milliseconds << 80 | int.from_bytes(os.urandom(10))
    bits = bits & ~(0xF << 76) | 0x7 << 76
    bits = bits & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=bits)
