"""The rows of a described file: id, outcome, date of the application and fields, as SQL on its table `raw`."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import pyarrow as pa

from steps.description.calendars import CalendarField
from steps.description.document import Column, Description, Kind
from steps.description.identity import Identity, identity_of
from steps.description.source import Source
from steps.description.typed import days_since_1970, label, value_of

ROW = "row"  # the id of a client where the file has none
BATCH_ROWS = 20_000
UNITS = {Kind.percentage: "%", Kind.flag: "1 for yes, 0 for no"}
DAYS = "days from "  # begins the unit of a date
OF_DATE = f"{DAYS}the date of the application, negative before it"
OF_A_DAY = f"{DAYS}{{}}, negative before it"


class Expression(NamedTuple):
    """One column of the feature table: its name, the SQL of its values, and their type."""

    name: str
    sql: str
    kind: pa.DataType


class Rows:
    """The rows of an opened file under its description.

    Parameters
    ----------
    source : Source
        The file.
    description : Description
        What its columns are.
    """

    def __init__(self, source: Source, description: Description):
        self._source = source
        self._description = description
        self.identity = description.id or self._free_name(ROW)
        self._ids = identity_of(source, description.id) if description.id else Identity(self._digest(), pa.string())
        self.target = description.target.column
        self.total, self.labelled, self.distinct = self._counts()

    @property
    def repeated(self) -> int:
        """Rows that are wholly equal to another one, in a file without an id."""
        return 0 if self._description.id else self.total - self.distinct

    @property
    def fields(self) -> dict[str, Column]:
        """The columns of an application; the date of the application is none."""
        return {name: column for name, column in self._description.fields().items() if name != self._description.date}

    @property
    def calendar_fields(self) -> dict[str, CalendarField]:
        """The months and weekdays that an application has, too: those of its own date as well."""
        return self._description.calendar_fields()

    @property
    def schema(self) -> pa.Schema:
        return pa.schema([(each.name, each.kind) for each in self._expressions()])

    def unit(self, name: str) -> str:
        """The unit of a field's numbers."""
        column = self._description.columns[name]
        if column.kind is Kind.date:
            return OF_DATE if self._description.date else OF_A_DAY.format(self._description.days_from)
        return column.unit or UNITS.get(column.kind, "")

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows by id; of wholly equal ones in a file without an id, one."""
        columns = [f"{each.sql} AS {_quoted(each.name)}" for each in self._expressions()]
        unique = "" if self._description.id else f" QUALIFY row_number() OVER (PARTITION BY {self._ids.sql}) = 1"
        query = f"SELECT {', '.join(columns)} FROM raw{unique} ORDER BY 1"
        schema = self.schema
        for batch in self._source.connection.sql(query).to_arrow_reader(BATCH_ROWS):
            yield from pa.Table.from_batches([batch]).cast(schema).to_batches()

    def _expressions(self) -> Iterator[Expression]:
        yield Expression(self.identity, *self._ids)
        yield Expression(self.target, f"CAST({label(self._source, self._description)} AS BIGINT)", pa.int64())
        if self._description.date:
            days = days_since_1970(self._value(self._description.date))
            yield Expression(self._description.date, f"CAST({days} AS DOUBLE)", pa.float64())
            yield from self._calendar(self._description.date)
        for name, column in self.fields.items():
            if column.kind is Kind.date:
                yield Expression(name, self._days(name), pa.float64())
                yield from self._calendar(name)
            elif column.kind in (Kind.category, Kind.text):
                yield Expression(name, self._value(name), pa.string())
            else:
                yield Expression(name, self._value(name), pa.float64())

    def _calendar(self, date: str) -> Iterator[Expression]:
        """The month and the weekday of a column of dates, where its description has them."""
        for name, (column, calendar) in self.calendar_fields.items():
            if column == date:
                yield Expression(name, calendar.sql(self._value(date)), pa.float64())

    def _days(self, name: str) -> str:
        day = self._description.days_from
        since = self._value(self._description.date) if self._description.date else f"DATE '{day}'" if day else "NULL"
        return f"CAST(date_diff('day', {since}, {self._value(name)}) AS DOUBLE)"

    def _value(self, name: str) -> str:
        return value_of(self._source, name, self._description.columns[name])

    def _digest(self) -> str:
        """A client's id made of the content of the row; an index without a name is a place in the file, no content."""
        places = [place for place, name in enumerate(self._source.names) if name is not None]
        cells = ", ".join(f"coalesce(CAST(c{place} AS VARCHAR), chr(0))" for place in places)
        return f"substr(md5(concat_ws(chr(31), {cells})), 1, 16)"

    def _counts(self) -> tuple[int, int, int]:
        query = f"SELECT count(*), count({label(self._source, self._description)}) FROM raw"
        total, labelled = self._source.connection.execute(query).fetchall()[0]
        distinct = (
            total if self._description.id else self._source.number(f"SELECT count(DISTINCT {self._ids.sql}) FROM raw")
        )
        return total, labelled, distinct

    def _free_name(self, name: str) -> str:
        taken = {each.casefold() for each in self._source.names if each}
        while name in taken:
            name = f"{name}_"
        return name


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


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
