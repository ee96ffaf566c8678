"""A window of traffic counted against a reference, in processes of their own where it is large."""

import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tqdm import tqdm

from steps.monitoring.counting.decision_columns import DecisionColumns
from steps.monitoring.counting.sampling import Sample
from steps.monitoring.counting.tally import Tally, Total
from steps.monitoring.counting.tallying import AT_ONCE, REQUESTS, RequestTally
from steps.monitoring.observed import Observed, ObservedField, ObservedGroup
from steps.monitoring.reference import Reference
from steps.monitoring.referencing.reference_file import to_bytes
from steps.traffic.answering import AHEAD, answering_processes
from steps.traffic.recorded import Traffic

WORTH_PROCESSES = 20_000  # decisions: fewer are counted before another process has started
UNSEEN = 10  # levels that are named
UNKNOWN = 20  # names of fields


def observe(
    traffic: Traffic, reference: Reference, contract: Mapping[str, Any], processes: int, sample: int
) -> Observed:
    """Count all traffic against a reference.

    Parameters
    ----------
    traffic
        The decisions on record.
    reference
        Its bins are those of the counts.
    contract
        The model's as plain values, of which the id's name is read.
    processes
        Number of processes, for 20,000 decisions and more.
    sample
        Requests at most that are kept, the same ones each time.

    Raises
    ------
    UserError
        The traffic cannot be read.
    """
    count = traffic.count()
    columns, total, kept = DecisionColumns(), Total(), Sample(sample)
    identity = str(contract.get("id", ""))
    counter = RequestTally(reference, identity)
    hashes, members = list[np.ndarray](), list[np.ndarray]()
    with (
        _asking(reference, counter, identity, processes if count >= WORTH_PROCESSES else 1) as ask,
        tqdm(desc="  counting requests", total=count, unit=" decisions", mininterval=1) as bar,
    ):
        waiting: deque[tuple[int, Callable[[], Tally]]] = deque()

        def add() -> None:
            size, tally = waiting.popleft()
            counted = tally()
            total.add(counted)
            hashes.append(counted.hashes)
            members.append(counted.members)
            bar.update(size)

        for batch in traffic.batches(AT_ONCE):
            present = batch.filter(batch["fields"].is_valid())
            columns.add(batch)
            kept.add(present)
            waiting.append((len(batch), ask(requests_of(present))))
            if len(waiting) > AHEAD * processes:
                add()
        while waiting:
            add()
    none = counter.none()
    members = [none.members, *members]
    return observed_of(
        reference, columns, total.tally(none), np.concatenate([none.hashes, *hashes]), np.hstack(members), kept, counter
    )


def requests_of(record: pa.RecordBatch) -> pa.RecordBatch:
    """The requests of a batch on record, none of them erased, as `tallying.REQUESTS`."""
    has_history = pc.not_equal(record["history"], "none")
    fields, history_fields = (record[name].cast(pa.binary()) for name in ("fields", "history_fields"))
    return pa.record_batch([fields, history_fields, has_history], schema=REQUESTS)


@contextmanager
def _asking(
    reference: Reference, counter: RequestTally, identity: str, processes: int
) -> Iterator[Callable[[pa.RecordBatch], Callable[[], Tally]]]:
    """A function that starts to count a batch, and gives another one that waits for its tally."""
    if processes < 2:
        yield lambda batch: lambda: counter.count(batch)
        return
    with tempfile.TemporaryDirectory(prefix="credit-scoring-") as folder:
        file = Path(folder) / "reference.parquet"
        file.write_bytes(to_bytes(reference))
        arguments = [str(file), identity]
        failure = "a process broke off while it counted requests"
        with answering_processes(
            "steps.monitoring.counting.tallying_process", arguments, REQUESTS, failure, processes
        ) as ask:

            def tally(answer: "Future[pa.RecordBatch]") -> Tally:
                return Tally.of_batch(answer.result(), len(reference.groups))

            def start(batch: pa.RecordBatch) -> Callable[[], Tally]:
                answer = ask(batch)
                return lambda: tally(answer)

            yield start


def observed_of(
    reference: Reference,
    columns: DecisionColumns,
    total: Tally,
    hashes: np.ndarray,
    members: np.ndarray,
    kept: Sample,
    counter: RequestTally,
) -> Observed:
    """What was counted in parts; (requests,) hashes and (groups, requests) members are in the order of the columns."""
    found = columns.columns()
    present = ~found.erased
    sample = kept.requests()
    medians = counter.medians(requests_of(sample))
    counts = np.split(total.counts, np.cumsum([each.bins.size for each in reference.fields.values()])[:-1])
    by_input = _by_input(reference, total.groups)
    return Observed(
        **vars(found),
        repeats=_placed(_repeats(hashes), present),
        fields={
            name: _field(counts[place], total, place, medians.get(name), total.unseen.get(name))
            for place, name in enumerate(reference.fields)
        },
        unknown_fields=dict(sorted(total.unknown.items(), key=lambda each: (-each[1], each[0]))[:UNKNOWN]),
        unreadable=dict(total.unreadable.most_common()),
        groups=[
            ObservedGroup(
                each.group, _placed(members[place], present), {name: of[place] for name, of in by_input.items()}
            )
            for place, each in enumerate(reference.groups)
        ],
        sample=sample,
    )


def _field(
    counts: np.ndarray, total: Tally, place: int, median: float | None, unseen: Mapping[str, int] | None
) -> ObservedField:
    least, greatest = float(total.least[place]), float(total.greatest[place])
    known = least <= greatest
    levels = None if not unseen else dict(sorted(unseen.items(), key=lambda each: (-each[1], each[0]))[:UNSEEN])
    return ObservedField(counts, least if known else None, median, greatest if known else None, levels)


def _by_input(reference: Reference, counts: np.ndarray) -> dict[str, np.ndarray]:
    """(groups, coarse bins) counts of each field that the model uses."""
    found, first, groups = {}, 0, len(reference.groups)
    for name in (name for name in reference.fields if name in reference.inputs):
        size = reference.fields[name].bins.coarse_size
        found[name] = counts[first : first + groups * size].reshape(groups, size)
        first += groups * size
    return found


def _repeats(hashes: np.ndarray) -> np.ndarray:
    """(requests,) booleans: whether an earlier one has the same hash."""
    repeats = np.ones(len(hashes), bool)
    repeats[np.unique(hashes, return_index=True)[1]] = False
    return repeats


def _placed(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """(decisions,) booleans with these values in the given rows, False elsewhere."""
    placed = np.zeros(len(rows), bool)
    placed[rows] = values
    return placed
