"""The requests of a window's sample, as the model saw them: with what the history store added."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from steps.monitoring.bins import Bins
from steps.monitoring.counting.requests import readable
from steps.traffic.request_json import request_of

Request = dict[str, Any]


@dataclass(frozen=True)
class Sampled:
    """The requests of a sample of `recorded.SCHEMA`, each a JSON object, and none erased.

    Values of another kind than their field's are missing, as in `counting.requests`.
    """

    record: pa.RecordBatch

    def __len__(self) -> int:
        return len(self.record)

    @cached_property
    def requests(self) -> list[Request]:
        """Fields by name, and those of the history store."""
        texts = zip(self.record["fields"].to_pylist(), self.record["history_fields"].to_pylist(), strict=True)
        return [{**_parsed(fields), **_parsed(history)} for fields, history in texts]

    def numbers(self, name: str) -> np.ndarray:
        """(requests,) values of a number, NaN where a request has none."""
        return np.array([_number(request.get(name)) for request in self.requests], float)

    def places(self, name: str, bins: Bins) -> np.ndarray:
        """(requests,) places in the bins of a field."""
        if bins.edges is not None:
            return places_of(self.numbers(name), bins)
        known = {level: place for place, level in enumerate(bins.levels)}
        other = len(bins.levels)
        values = (request.get(name) for request in self.requests)
        return np.array(
            [known.get(each, other) if isinstance(each, str) else bins.missing for each in values], np.int64
        )

    def with_fields(self, changed: Sequence[Request]) -> pa.RecordBatch:
        """The record with other values of some fields, by request; None for a missing one."""
        texts = [
            orjson.dumps({**request, **change}).decode() for request, change in zip(self.requests, changed, strict=True)
        ]
        columns = {name: self.record[name] for name in self.record.schema.names}
        columns["fields"] = pa.array(texts, pa.string())
        columns["history_fields"] = pa.nulls(len(self), pa.string())
        return pa.record_batch(list(columns.values()), schema=self.record.schema)


def places_of(values: np.ndarray, bins: Bins) -> np.ndarray:
    """(rows,) places of a number's values, NaN in the bin of missing ones."""
    return np.where(np.isnan(values), bins.missing, np.searchsorted(bins.edges or (), values, side="right"))


def _parsed(text: str | None) -> Request:
    """What can be read of it, as it is counted: one request that cannot be stops nothing."""
    try:
        request = {} if text is None else orjson.loads(text)
    except orjson.JSONDecodeError:  # what no JSON can be written of again: NaN, huge numbers, half a surrogate pair
        request = readable(request_of(text or "") or {})
    return request if isinstance(request, dict) else {}


def _number(value: object) -> float:
    return float(value) if type(value) in (int, float) else np.nan  # type: ignore[arg-type]
