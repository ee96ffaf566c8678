"""The ids of a batch's decisions: the same when the batch is decided again after a kill."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from custom_model.identifiers import LATEST

BYTES, CHARACTERS = 16, 36
IN_ONE = 1_000  # rows of a millisecond
DASHES = (8, 13, 18, 23)
DIGITS = np.array([place for place in range(CHARACTERS) if place not in DASHES])


@dataclass(frozen=True)
class DecisionIds:
    """UUIDs of version 7 (RFC 9562, section 5.7): a time in milliseconds, and 74 bits from a key.

    The time moves on by a millisecond in `IN_ONE` rows, so that ids sort nearly as rows do: an index of millions of ids
    grows at its end. `key` is random and secret enough that nobody foretells an id; `first` is the number of the
    batch's first row, so that a row has one id however often it is decided.
    """

    key: bytes
    milliseconds: int
    first: int
    rows: int

    @cached_property
    def column(self) -> pa.Array:
        """(rows,) the ids as texts."""
        if not self.rows:
            return pa.array([], pa.string())
        raw = np.empty((self.rows, BYTES), np.uint8)
        numbers = np.arange(self.first, self.first + self.rows)
        times = np.clip(self.milliseconds + numbers // IN_ONE, 0, LATEST).astype(">u8")
        raw[:, :6] = times.view(np.uint8).reshape(-1, 8)[:, 2:]
        raw[:, 6:] = np.frombuffer(b"".join(self._random()), np.uint8).reshape(-1, 10)[: self.rows]
        raw[:, 6] = raw[:, 6] & 0x0F | 0x70
        raw[:, 8] = raw[:, 8] & 0x3F | 0x80
        digits = np.frombuffer(raw.tobytes().hex().encode(), np.uint8).reshape(self.rows, 2 * BYTES)
        texts = np.full((self.rows, CHARACTERS), ord("-"), np.uint8)
        texts[:, DIGITS] = digits
        offsets = CHARACTERS * np.arange(self.rows + 1, dtype=np.int32)
        return pa.StringArray.from_buffers(self.rows, pa.py_buffer(offsets), pa.py_buffer(texts.tobytes()))

    @cached_property
    def texts(self) -> list[str]:
        """The ids as a list."""
        return self.column.to_pylist()

    def _random(self) -> list[bytes]:
        """Ten bytes of each row, from its number: a batch may be cut otherwise when it is decided again."""
        seeded = hashlib.blake2b(key=self.key, digest_size=10)
        digests = []
        for number in range(self.first, self.first + self.rows):
            one = seeded.copy()
            one.update(number.to_bytes(8, "big"))
            digests.append(one.digest())
        return digests
