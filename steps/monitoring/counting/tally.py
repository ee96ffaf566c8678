"""What counting some requests gives, in sums that add up; as a row of Arrow, it comes from any process or executor."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import orjson
import pyarrow as pa

MOST_UNSEEN = 1_000  # levels of one field that a tally keeps: whoever sends free text has another in each request
SCHEMA = pa.schema(
    [
        ("counts", pa.list_(pa.int64())),
        ("groups", pa.list_(pa.int64())),
        ("least", pa.list_(pa.float64())),
        ("greatest", pa.list_(pa.float64())),
        ("hashes", pa.list_(pa.int64())),
        ("members", pa.binary()),
        ("notes", pa.string()),  # JSON
    ]
)


@dataclass(frozen=True)
class Tally:
    """Counts of some requests, in the order of a reference.

    Attributes
    ----------
    counts
        (bins of all fields,) numbers of requests, one field after the other.
    groups
        (coarse bins of all inputs and groups,) the same, of each input its groups one after the other.
    least, greatest
        (fields,) of a number's known values; infinite without any, and of a category.
    hashes
        (requests,) of all fields, as `columns.row_hashes`.
    members
        (groups, requests) booleans.
    unseen
        By field, the levels that the reference lacks, with their numbers.
    unknown, unreadable
        As `requests.Requests`.
    """

    counts: np.ndarray
    groups: np.ndarray
    least: np.ndarray
    greatest: np.ndarray
    hashes: np.ndarray
    members: np.ndarray
    unseen: Mapping[str, Counter[str]]
    unknown: Counter[str]
    unreadable: Counter[str]

    def to_batch(self) -> pa.RecordBatch:
        """The tally as one row of `SCHEMA`."""
        notes = {"unseen": self.unseen, "unknown": self.unknown, "unreadable": self.unreadable}
        row = [
            self.counts,
            self.groups,
            self.least,
            self.greatest,
            self.hashes.view(np.int64),
            np.packbits(self.members).tobytes(),
            orjson.dumps(notes).decode(),
        ]
        return pa.record_batch([pa.array([each], kind) for each, kind in zip(row, SCHEMA.types, strict=True)], SCHEMA)

    @classmethod
    def of_batch(cls, batch: pa.RecordBatch, groups: int) -> "Tally":
        """The tally in one row of `SCHEMA`, of a reference with that many groups."""
        numbers = {name: _numbers(batch, name) for name in SCHEMA.names[:5]}
        hashes = numbers.pop("hashes").view(np.uint64)
        bits = np.unpackbits(np.frombuffer(batch["members"][0].as_py(), np.uint8), count=groups * len(hashes))
        notes = orjson.loads(batch["notes"][0].as_py())
        return cls(
            **numbers,
            hashes=hashes,
            members=bits.reshape(groups, len(hashes)).astype(bool),
            unseen={name: Counter(levels) for name, levels in notes["unseen"].items()},
            unknown=Counter(notes["unknown"]),
            unreadable=Counter(notes["unreadable"]),
        )


class Total:
    """The sum of tallies; hashes and members, which are of each request, are left to who adds."""

    def __init__(self) -> None:
        self._sums: list[np.ndarray] | None = None
        self._unseen: dict[str, Counter[str]] = {}
        self._unknown: Counter[str] = Counter()
        self._unreadable: Counter[str] = Counter()

    def add(self, tally: Tally) -> None:
        """Add one tally."""
        parts = [tally.counts, tally.groups, tally.least, tally.greatest]
        if self._sums is None:
            self._sums = [each.copy() for each in parts]
        else:
            for whole, part, together in zip(self._sums, parts, (np.add, np.add, np.minimum, np.maximum), strict=True):
                together(whole, part, out=whole)
        for name, levels in tally.unseen.items():
            self._unseen[name] = _most(self._unseen.get(name, Counter()) + levels)
        self._unknown = _most(self._unknown + tally.unknown)
        self._unreadable += tally.unreadable

    def tally(self, empty: Tally) -> Tally:
        """The sum, with the hashes and members of none; of no tallies that of no requests."""
        if self._sums is None:
            return empty
        counts, groups, least, greatest = self._sums
        notes = self._unseen, self._unknown, self._unreadable
        return Tally(counts, groups, least, greatest, empty.hashes, empty.members, *notes)


def _most(levels: Counter[str]) -> Counter[str]:
    return levels if len(levels) <= 2 * MOST_UNSEEN else Counter(dict(levels.most_common(MOST_UNSEEN)))


def _numbers(batch: pa.RecordBatch, name: str) -> np.ndarray:
    return batch[name].flatten().to_numpy(zero_copy_only=False)
