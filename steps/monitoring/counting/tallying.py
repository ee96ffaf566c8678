"""Requests on record counted in the bins and groups of a reference."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from steps.monitoring.counting.requests import RequestReader
from steps.monitoring.counting.tally import Tally
from steps.monitoring.reference import Reference
from steps.monitoring.referencing.columns import Column, row_hashes
from steps.monitoring.referencing.membership import GroupCounter, members

AT_ONCE = 1_000  # requests as Python's objects: 60 MB with 657 fields
REQUESTS = pa.schema(
    [
        ("fields", pa.binary()),  # JSON of the request
        ("history_fields", pa.binary()),  # JSON of what the history store added; null without
        ("has_history", pa.bool_()),  # from the request, or the store
    ]
)


class RequestTally:
    """Counts requests.

    Parameters
    ----------
    reference : Reference
        Its fields are those of the requests.
    identity : str
        Name of the client's id in a request.
    """

    def __init__(self, reference: Reference, identity: str):
        self._reference = reference
        self._names = [*reference.fields]
        self._inputs = frozenset(reference.inputs)
        bins = {name: field.bins for name, field in reference.fields.items()}
        self._reader = RequestReader(
            [name for name in self._names if bins[name].is_number],
            [name for name in self._names if not bins[name].is_number],
            identity,
        )

    def count(self, batch: pa.RecordBatch) -> Tally:
        """The tally of a batch of `REQUESTS`."""
        requests = self._reader.read(batch["fields"].to_pylist(), batch["history_fields"].to_pylist())
        columns, groups = requests.columns, [each.group for each in self._reference.groups]
        has_history = batch["has_history"].to_numpy(zero_copy_only=False)
        inside = [members(group, columns.__getitem__, has_history) for group in groups]
        counter = GroupCounter(groups, inside)
        counts, of_groups, unseen = [], [], {}
        for name in self._names:
            bins = self._reference.fields[name].bins
            codes = bins.codes(columns[name])
            counts.append(np.bincount(codes, minlength=bins.size))
            if bins.other is not None and counts[-1][bins.other]:
                unseen[name] = _levels(columns[name], codes == bins.other)
            if name in self._inputs:
                of_groups.append(counter.counts(bins, codes).ravel())
        bounds = np.array([_bounds(columns[name]) for name in self._names]).reshape(-1, 2)
        return Tally(
            counts=np.concatenate(counts),
            groups=np.concatenate([np.empty(0, np.int64), *of_groups]),
            least=bounds[:, 0],
            greatest=bounds[:, 1],
            hashes=row_hashes(columns, self._names, len(batch)),
            members=np.array(inside, bool).reshape(len(groups), len(batch)),
            unseen=unseen,
            unknown=requests.unknown,
            unreadable=requests.unreadable,
        )

    def medians(self, batch: pa.RecordBatch) -> dict[str, float]:
        """Of each number with a known value in a batch of `REQUESTS`."""
        parts: dict[str, list[np.ndarray]] = {}
        for first in range(0, len(batch), AT_ONCE):
            part = batch.slice(first, AT_ONCE)
            columns = self._reader.read(part["fields"].to_pylist(), part["history_fields"].to_pylist()).columns
            for name, column in columns.items():
                if isinstance(column, np.ndarray):
                    parts.setdefault(name, []).append(column[~np.isnan(column)])
        known = {name: np.concatenate(each) for name, each in parts.items()}
        return {name: float(np.median(each)) for name, each in known.items() if len(each)}

    def none(self) -> Tally:
        """The tally of no requests."""
        return self.count(pa.record_batch([pa.array([], kind) for kind in REQUESTS.types], REQUESTS))


def _levels(column: pa.Array, rows: np.ndarray) -> Counter[str]:
    counted = pc.value_counts(column.filter(pa.array(rows)))
    return Counter(dict(zip(counted.field(0).to_pylist(), counted.field(1).to_pylist(), strict=True)))


def _bounds(column: Column) -> tuple[float, float]:
    """Least and greatest known value; infinity and its negative without any."""
    if not isinstance(column, np.ndarray) or not len(column):
        return np.inf, -np.inf
    least, greatest = float(np.fmin.reduce(column)), float(np.fmax.reduce(column))
    return (np.inf, -np.inf) if np.isnan(least) else (least, greatest)
