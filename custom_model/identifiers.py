"""Identifiers that sort by time: UUID version 7 (RFC 9562, section 5.7)."""

import os
import time
from uuid import UUID

LATEST = (1 << 48) - 1  # milliseconds: the year 10889
RANDOM_BYTES = 10
VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}  # two random bits after the variant's


def uuid7() -> UUID:
    """A UUID of 48 bits of Unix time in milliseconds and 74 random bits, with version 7 and variant 10.

    A clock outside the 48 bits, such as one before 1970, gives the nearest time in them: unique, but not in its order.
    """
    (text,) = uuid7_texts(1)
    return UUID(text)


def uuid7_texts(count: int) -> list[str]:
    """So many of the same as texts, of one moment: many take a fifth of the time of one after the other."""
    moment = f"{min(max(time.time_ns() // 1_000_000, 0), LATEST):012x}"
    start = f"{moment[:8]}-{moment[8:]}-7"
    random = os.urandom(RANDOM_BYTES * count).hex()
    digits = 2 * RANDOM_BYTES
    places = range(0, digits * count, digits)
    return [
        f"{start}{random[at : at + 3]}-{VARIANT[random[at + 3]]}{random[at + 4 : at + 7]}-{random[at + 7 : at + 19]}"
        for at in places
    ]
