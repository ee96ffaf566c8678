"""The description of a lender's file: how it is read, and what each column is."""

import re
from datetime import date as Day
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from steps.description.calendars import Calendar, CalendarField, calendar_fields
from steps.description.spelling import UNITS, Decimal
from steps.tables.words import Words

Text = Annotated[str, Field(min_length=1)]
NONE = ("", "none", "null", "~")  # how a description says that there is no id or no date
CODES = "YymbBdHIMSfpaAjz%"  # of strptime, those that DuckDB reads


class Kind(StrEnum):
    """What the values of a column are."""

    number = "number"
    percentage = "percentage"
    money = "money"
    duration = "duration"
    flag = "yes/no"
    category = "category"
    date = "date"
    text = "text"


WORDS = (Kind.category, Kind.text)


def _listed(value: Any) -> Any:
    """A text alone is a list of it."""
    return [value] if isinstance(value, str) else value


Texts = Annotated[tuple[Text, ...], BeforeValidator(_listed)]
Calendars = Annotated[tuple[Calendar, ...], BeforeValidator(_listed)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Reading(_Part):
    """How a file is read; Parquet has none.

    Parameters
    ----------
    separator, quote : str
        Of a text file, one character each; a workbook has no separator.
    skip : int
        Lines before the header.
    encoding : str
        Of a text file, by Python's name.
    sheet : str
        Of a workbook.
    """

    separator: Annotated[str, Field(max_length=1)] = ""
    quote: Annotated[str, Field(min_length=1, max_length=1)] = '"'
    skip: Annotated[int, Field(ge=0, le=10_000)] = 0
    encoding: Text = "utf-8"
    sheet: str = ""

    @model_validator(mode="after")
    def _separates(self) -> Self:
        if self.separator == self.quote or {self.separator, self.quote} & set("\r\n\0"):
            raise ValueError("separator and quote: expected two different characters, no line end")
        return self


class Outcome(_Part):
    """The target: its column, and the values of a default and of a good loan.

    Rows with any other value, or none, are unlabelled: their loans were refused, or still run.
    """

    column: Text
    default: Annotated[Texts, Field(min_length=1)]
    no_default: Annotated[Texts, Field(min_length=1)]

    @model_validator(mode="after")
    def _apart(self) -> Self:
        good = {value.casefold() for value in self.no_default}
        both = sorted(value for value in self.default if value.casefold() in good)
        if both:
            raise ValueError(f"{', '.join(both)} cannot be both default and no_default, in whatever letter case")
        return self


class Column(_Part):
    """One column.

    Parameters
    ----------
    kind : Kind
        What its values are (`is` in the file).
    unit : str
        Of money its sign, of durations days, weeks, months or years.
    decimal : {".", ","}
        The decimal sign of its numbers.
    written : tuple of str
        Of dates their spellings, in strptime's codes; the first that fits counts.
    also : tuple of Calendar
        Of dates what is a field beside their days: the month, the weekday.
    missing : tuple of str
        Its marks of missing values, beside an empty one, in any letter case.
    use : bool
        Whether the model may use it.
    because : str
        Why it is left out.
    words : Words
        What it is and what a client is told of it; in the file a text alone says what it is.
    protected : bool
        Whether reports show the decisions by it.
    direction : {"increasing", "decreasing"} or None
        How the risk must move with it.
    """

    kind: Kind = Field(alias="is")
    unit: str = ""
    decimal: Decimal = "."
    written: Texts = ()
    also: Calendars = ()
    missing: Texts = ()
    use: bool = True
    because: str = ""
    words: Words = Words()
    protected: bool = False
    direction: Literal["increasing", "decreasing"] | None = None

    @field_validator("words", mode="before")
    @classmethod
    def _said(cls, value: Any) -> Any:
        return {"about": value} if isinstance(value, str) else value

    @field_validator("written")
    @classmethod
    def _are_spellings(cls, written: tuple[str, ...]) -> tuple[str, ...]:
        for each in written:
            codes = set(re.findall(r"%(.?)", each, re.DOTALL))
            if not codes <= set(CODES) or not codes & set("Yy"):
                raise ValueError(f"expected a date in strptime's codes, such as %d/%m/%Y, got {each[:40]!r}")
        return written

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.kind is Kind.duration and self.unit not in UNITS:
            raise ValueError(f"unit: a duration is in {', '.join(UNITS)}, got {self.unit[:40]!r}")
        if self.unit and self.kind not in (Kind.duration, Kind.money):
            raise ValueError(f"unit: only money and a duration have one, and this is a {self.kind}")
        if self.written and self.kind is not Kind.date:
            raise ValueError(f"written: only a date has spellings, and this is a {self.kind}")
        if self.also and self.kind is not Kind.date:
            raise ValueError(f"also: only a date has a month and a weekday, and this is a {self.kind}")
        if len(set(self.also)) < len(self.also):
            raise ValueError("also: expected each of month and weekday once")
        if self.direction and self.kind in WORDS:
            raise ValueError(f"direction: the risk can only move with a number or a date, and this is a {self.kind}")
        if (self.words.low or self.words.high) and self.kind in WORDS:
            raise ValueError(f"words: a {self.kind} is neither low nor high")
        return self


class Description(_Part):
    """A described file; it stands for the data wherever `data` is asked for.

    Parameters
    ----------
    file : str
        The file; a relative path starts from the description's folder.
    reading : Reading or None
        How it is read; None for Parquet.
    id : str or None
        The column that identifies the client; None: the row's content does.
    target : Outcome
        The outcome.
    date : str or None
        The column of the date of the application.
    days_from : date or None
        Without such a column, the day that all dates count from: the latest of the file that was described.
    leaks : {"stop", "leave-out"}
        Whether a column that reveals the outcome stops the training or is left out of it.
    columns : dict of str to Column
        Every column, in the file's order and under its visible name.
    """

    file: Text
    reading: Reading | None = None
    id: str | None = None
    target: Outcome
    date: str | None = None
    days_from: Day | None = None
    leaks: Literal["stop", "leave-out"] = "stop"
    columns: Annotated[dict[str, Column], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _without_none(cls, content: Any) -> Any:
        """`id: none` is no id, unless a column is called so."""
        if not isinstance(content, dict):
            return content
        columns = content.get("columns")
        names = columns if isinstance(columns, dict) else {}
        is_none = [
            entry
            for entry in ("id", "date")
            if isinstance(name := content.get(entry), str) and name.lower() in NONE and name not in names
        ]
        return {name: value for name, value in content.items() if name not in is_none}

    @model_validator(mode="after")
    def _known(self) -> Self:
        named = {"id": self.id, "target.column": self.target.column, "date": self.date}
        for entry, name in named.items():
            if name is not None and name not in self.columns:
                raise ValueError(f"{entry}: there is no column {name}")
        if len({name for name in named.values() if name}) < sum(name is not None for name in named.values()):
            raise ValueError("id, target.column and date: expected three different columns")
        if self.date is not None and self.columns[self.date].kind is not Kind.date:
            raise ValueError(f"date: {self.date} is a {self.columns[self.date].kind}, not a date")
        if self.date is not None and self.days_from is not None:
            raise ValueError(f"days_from: dates count from the date of the application, {self.date}")
        return self

    @model_validator(mode="after")
    def _readable(self) -> Self:
        if self.reading is None:
            return self
        if not self.reading.separator and not self.reading.sheet:
            raise ValueError("reading: expected the separator of a text file, or the sheet of a workbook")
        read = [name for name in self.columns if name == self.date or name in self.fields()]
        unwritten = [name for name in read if self.columns[name].kind is Kind.date and not self.columns[name].written]
        if self.reading.separator and unwritten:
            raise ValueError(f"columns.{unwritten[0]}.written: expected the spelling of its dates, such as %d/%m/%Y")
        return self

    def fields(self) -> dict[str, Column]:
        """The columns of an application: neither id nor target, and used by the model or shown in its reports."""
        return {
            name: column
            for name, column in self.columns.items()
            if (column.use or column.protected) and name not in (self.id, self.target.column)
        }

    def calendar_fields(self) -> dict[str, CalendarField]:
        """The fields beside the days of its dates, by name; a date that the model never has brings none."""
        dates = {name: column.also for name, column in self.fields().items() if column.use}
        return calendar_fields(dates, self.columns)


def reason_of(column: Column) -> str:
    """Why a column is left out."""
    return column.because or ("reports show it, the model never has it" if column.protected else "as described")
