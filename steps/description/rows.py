"""The rows of a described file to train on: its applications, each once, with their outcomes."""

from collections.abc import Iterator
from datetime import date

import pyarrow as pa

from steps.description.applications import Applications, Expression
from steps.description.document import Description, Kind
from steps.description.source import Source
from steps.description.typed import label, value_of


class Rows(Applications):
    """The rows of an opened file under its description: applications and their outcomes, by id."""

    def __init__(self, source: Source, description: Description):
        super().__init__(source, description)
        self.target = description.target.column
        self.total, self.labelled, self.distinct = self._counts()

    @property
    def repeated(self) -> int:
        """Rows that are wholly equal to another one, in a file without an id."""
        return 0 if self._description.id else self.total - self.distinct

    def _choice(self) -> str:
        """By id; of wholly equal rows in a file without an id, one."""
        unique = "" if self._description.id else f"QUALIFY row_number() OVER (PARTITION BY {self.ids.sql}) = 1 "
        return f"{unique}ORDER BY 1"

    def _expressions(self) -> Iterator[Expression]:
        identity, *others = super()._expressions()
        yield identity
        yield Expression(self.target, f"CAST({label(self._source, self._description)} AS BIGINT)", pa.int64())
        yield from others

    def _counts(self) -> tuple[int, int, int]:
        query = f"SELECT count(*), count({label(self._source, self._description)}) FROM raw"
        total, labelled = self._source.connection.execute(query).fetchall()[0]
        distinct = (
            total if self._description.id else self._source.number(f"SELECT count(DISTINCT {self.ids.sql}) FROM raw")
        )
        return total, labelled, distinct


def latest_day(source: Source, description: Description) -> date | None:
    """The latest of all dates that the model has; None where the file has none."""
    dates = {name: column for name, column in description.fields().items() if column.kind is Kind.date}
    if not dates:
        return None
    latest = ", ".join(f"max({value_of(source, name, column)})" for name, column in dates.items())
    (day,) = source.connection.execute(f"SELECT CAST(greatest({latest}) AS DATE) FROM raw").fetchall()[0]
    return day


def with_day(source: Source, description: Description) -> Description:
    """The description with the day that dates count from, where it has none and dates need one."""
    if description.date is not None or description.days_from is not None:
        return description
    return description.model_copy(update={"days_from": latest_day(source, description)})
