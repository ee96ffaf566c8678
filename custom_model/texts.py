"""Texts of a request that are put on record: how long they may be, and which characters they may have."""

import re

MAX_ID_LENGTH = 200  # characters; a longer key does not fit into every database's index
MAX_TEXT_LENGTH = 1_000  # characters of a category that training never saw
MAX_CHARACTER_BYTES = 4  # in UTF-8

# An id is printed in lists and logs: no character may move the cursor, break the line or turn the text around.
UNPRINTABLE = r"\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
# SQL cannot read back JSON with either of them. Half of a surrogate pair is a text in Python alone.
UNSTORABLE = r"\u0000"
HALVES = r"\ud800-\udfff"

# For JSON Schema (ECMA-262).
ID_PATTERN = rf"^[^{UNPRINTABLE}]*[^\s{UNPRINTABLE}][^{UNPRINTABLE}]*$"
TEXT_PATTERN = rf"^[^{UNSTORABLE}]*$"

STORABLE = f"expected at most {MAX_TEXT_LENGTH:,} characters of valid Unicode, without NUL"
IDENTIFIES = f"expected 1 to {MAX_ID_LENGTH} characters of valid Unicode, not all blank, without control characters"

_unstorable = re.compile(f"[{UNSTORABLE}{HALVES}]")
_unprintable = re.compile(f"[{UNPRINTABLE}{HALVES}]")


def is_storable(text: str) -> bool:
    """Whether a category's text may be put on record."""
    return len(text) <= MAX_TEXT_LENGTH and _unstorable.search(text) is None


def is_identity(text: str) -> bool:
    """Whether a text may be a client's id: one that can be printed, listed and erased."""
    return 0 < len(text) <= MAX_ID_LENGTH and not text.isspace() and _unprintable.search(text) is None
