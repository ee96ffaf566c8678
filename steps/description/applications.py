"""The applications of a described file: id, date of the application and fields, as SQL on its table `raw`."""

from collections.abc import Iterator
from typing import NamedTuple

import pyarrow as pa

from steps.description.calendars import CalendarField
from steps.description.document import Column, Description, Kind
from steps.description.identity import Identity, identity_of
from steps.description.source import Source
from steps.description.typed import days_since_1970, value_of

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


class Applications:
    """The applications of an opened file under its description; the file need have no outcomes.

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
        self.ids = identity_of(source, description.id) if description.id else Identity(self._digest(), pa.string())

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
        """The rows in batches of 20,000: every one, in the file's order."""
        columns = [f"{each.sql} AS {_quoted(each.name)}" for each in self._expressions()]
        query = f"SELECT {', '.join(columns)} FROM raw {self._choice()}"
        schema = self.schema
        for batch in self._source.connection.sql(query).to_arrow_reader(BATCH_ROWS):
            yield from pa.Table.from_batches([batch]).cast(schema).to_batches()

    def _choice(self) -> str:
        """Which rows, in which order: the end of the query."""
        return ""

    def _expressions(self) -> Iterator[Expression]:
        yield Expression(self.identity, *self.ids)
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

    def _free_name(self, name: str) -> str:
        taken = {each.casefold() for each in self._source.names if each}
        while name in taken:
            name = f"{name}_"
        return name


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
