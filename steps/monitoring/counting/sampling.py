"""A sample of requests: of any record the same ones, whatever the order and the batches in which it is read."""

from zlib import crc32

import numpy as np
import orjson
import pyarrow as pa

from steps.traffic.recorded import SCHEMA


def id_hashes(batch: pa.RecordBatch) -> np.ndarray:
    """(decisions,) numbers below 2^32 of the decisions' ids: CRC-32, which Spark has, too."""
    return np.array([crc32(each.encode()) for each in batch["decision_id"].to_pylist()], np.int64)


class Sample:
    """The requests with the least hashes of their decisions' ids, at most so many."""

    def __init__(self, size: int):
        self._size = size
        self._parts: list[pa.RecordBatch] = []
        self._hashes: list[np.ndarray] = []
        self._bound = 2**32  # hashes from here on are none of the least

    def add(self, batch: pa.RecordBatch) -> None:
        """Look at more requests, of `recorded.SCHEMA`."""
        hashes = id_hashes(batch)
        chosen = hashes < self._bound
        if self._size and chosen.any():
            self._parts.append(batch.filter(pa.array(chosen)))
            self._hashes.append(hashes[chosen])
            if sum(map(len, self._hashes)) > 2 * self._size:
                self._reduce()

    def requests(self) -> pa.RecordBatch:
        """The sample, in the order in which it was read, without requests that are no JSON object or cannot be read."""
        self._reduce()
        sample = self._parts[0]
        texts = zip(sample["fields"].to_pylist(), sample["history_fields"].to_pylist(), strict=True)
        readable = [_is_object(fields) and (history is None or _is_object(history)) for fields, history in texts]
        return sample.filter(pa.array(readable, pa.bool_()))

    def _reduce(self) -> None:
        hashes = np.concatenate([np.empty(0, np.int64), *self._hashes])
        table = pa.Table.from_batches(self._parts, SCHEMA)
        chosen = np.sort(np.argsort(hashes, kind="stable")[: self._size])
        if len(hashes) >= self._size and self._size:
            self._bound = int(hashes[chosen].max())
        table = table.take(pa.array(chosen, pa.int64())).combine_chunks()
        columns = [each.combine_chunks() for each in table.columns]
        self._parts, self._hashes = [pa.record_batch(columns, schema=SCHEMA)], [hashes[chosen]]


def _is_object(text: str) -> bool:
    try:
        return isinstance(orjson.loads(text), dict)
    except orjson.JSONDecodeError:
        return False
