"""Decisions on record with their requests, in batches: of a decision log, or of an export of one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from custom_model.costs import OUTCOMES
from custom_model.decision_log.reader import Records, of_model, window
from custom_model.decision_log.schema import decisions
from steps.run.console import UserError, listed

ROWS = 250  # of a batch: 6 MB with Home Credit's 657 fields, and ten times as much as Python's objects
SCHEMA = pa.schema(
    [
        ("decision_id", pa.string()),
        ("decided_at", pa.timestamp("us", tz="UTC")),
        ("client_id", pa.string()),
        ("model_version", pa.string()),
        ("threshold", pa.float64()),
        ("threshold_source", pa.string()),
        ("probability_of_default", pa.float64()),
        ("decision", pa.string()),
        ("reasons", pa.string()),
        ("history", pa.string()),
        ("fields", pa.string()),
        ("history_fields", pa.string()),
    ]
)
"""The columns that a replay reads; JSON is text, `fields` null once erased."""
WHOLE = ("decision_id", "decided_at", "threshold", "threshold_source", "probability_of_default", "decision", "history")


@dataclass(frozen=True)
class Span:
    """The decisions to read: of a registered model, from `since` on and before `until`, where these are not None."""

    model_name: str
    since: datetime | None = None
    until: datetime | None = None


class Traffic(Protocol):
    """Where decisions are on record."""

    @property
    def name(self) -> str:
        """What it is, in words, without a password."""

    @property
    def span(self) -> Span:
        """The decisions of it that are read."""

    def count(self) -> int:
        """The number of decisions; of a log that servers write to, of now."""

    def batches(self, rows: int | None = None) -> Iterator[pa.RecordBatch]:
        """All decisions, oldest first, in batches of `SCHEMA` with at most so many rows, by default `ROWS`."""


@dataclass(frozen=True)
class LoggedTraffic:
    """The traffic of a decision log, which servers may write to meanwhile."""

    records: Records
    name: str
    span: Span

    def count(self) -> int:
        span = self.span
        return self.records.count(window(span.since, span.until) & (decisions.c.model_name == span.model_name))

    def batches(self, rows: int | None = None) -> Iterator[pa.RecordBatch]:
        where = window(until=self.span.until) & of_model(self.span.model_name)
        for page in self.records.pages(SCHEMA.names, where, rows or ROWS, self.span.since):
            yield batch_of(page)


@dataclass(frozen=True)
class ExportedTraffic:
    """The traffic of a Parquet file that `decisions export` wrote: in the order of time."""

    path: Path
    span: Span

    @property
    def name(self) -> str:
        return self.path.name

    def count(self) -> int:
        selected = ["decided_at", "model_name"]
        with self.opened() as file, self._whole():
            return sum(len(batch) for batch in map(self._selected, file.iter_batches(65_536, columns=selected)))

    def batches(self, rows: int | None = None) -> Iterator[pa.RecordBatch]:
        with self.opened() as file:
            for batch in self._read(file, rows or ROWS):
                selected = self.selected(batch)
                if len(selected):
                    yield selected

    def selected(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The decisions of the span among rows of the file, of `SCHEMA`; raise `UserError` for rows that no log has."""
        selected = self._selected(batch).select(SCHEMA.names)
        if len(selected):
            self._check(selected)
        return selected

    def opened(self) -> pq.ParquetFile:
        """The file; raise `UserError` where it is no export."""
        try:
            file = pq.ParquetFile(self.path, pre_buffer=False)  # else the whole file is in memory while it is read
        except (OSError, pa.ArrowException):
            raise UserError(
                "export: expected a Parquet file that `python -m steps.decisions export` wrote, found none at "
                f"{self.path}"
            ) from None
        lacking = [name for name in [*SCHEMA.names, "model_name"] if name not in file.schema_arrow.names]
        if lacking:
            file.close()
            raise UserError(f"export: {self.path} is no export of decisions: it lacks {', '.join(lacking)}")
        return file

    def _read(self, file: pq.ParquetFile, rows: int) -> Iterator[pa.RecordBatch]:
        with self._whole():
            yield from file.iter_batches(rows, columns=[*SCHEMA.names, "model_name"])

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Raise `UserError` where the file breaks off, or is damaged, while it is read."""
        try:
            yield
        except (OSError, pa.ArrowException) as error:
            raise UserError(
                f"export: {self.path} is damaged, or cannot be read to its end ({type(error).__name__}): export the "
                "decisions again"
            ) from None

    def _selected(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        batch = self._typed(batch)
        chosen = pc.equal(batch["model_name"], self.span.model_name)
        if self.span.since is not None:
            chosen = pc.and_(chosen, pc.greater_equal(batch["decided_at"], self.span.since))
        if self.span.until is not None:
            chosen = pc.and_(chosen, pc.less(batch["decided_at"], self.span.until))
        return batch.filter(chosen)

    def _typed(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with the types of an export; raise `UserError` where it has others."""
        columns = []
        for name in batch.schema.names:
            kind = SCHEMA.field(name).type if name in SCHEMA.names else pa.string()
            try:
                columns.append(batch[name].cast(kind))
            except pa.ArrowException:
                raise UserError(
                    f"export: {self.path} is no export of decisions: expected {name} as {kind}, found "
                    f"{batch.schema.field(name).type} that is none"
                ) from None
        return pa.record_batch(columns, batch.schema.names)

    def _check(self, rows: pa.RecordBatch) -> None:
        """Raise `UserError` for rows that no log has: a wrong decision would count as another one without a word."""
        wrong = [name for name in WHOLE if rows[name].null_count]
        shares = ("probability_of_default", "threshold")
        wrong += [
            name for name in shares if not pc.all(pc.less_equal(pc.abs(pc.subtract(rows[name], 0.5)), 0.5)).as_py()
        ]
        wrong += [] if pc.all(pc.is_in(rows["decision"], pa.array(OUTCOMES))).as_py() else ["decision"]
        if wrong:
            raise UserError(
                f"export: {self.path} is no export of decisions: it has rows without a valid "
                f"{listed(list(dict.fromkeys(wrong)), len(wrong))}"
            )


def batch_of(page: list[tuple[Any, ...]]) -> pa.RecordBatch:
    """A page of the log, not an empty one, as a batch of `SCHEMA`."""
    columns = zip(*page, strict=True)
    return pa.record_batch(
        [pa.array(column, kind) for column, kind in zip(columns, SCHEMA.types, strict=True)], schema=SCHEMA
    )


def reason_codes(reasons: str | None) -> list[str]:
    """The codes of a record's reasons, largest contribution first; raise `UserError` for other JSON."""
    try:
        return [str(each["code"]) for each in orjson.loads(reasons or "[]")]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise UserError("reasons: expected a JSON list with a code of each on record, found another text") from None
