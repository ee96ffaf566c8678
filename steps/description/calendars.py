"""Fields of the calendar that a date may have beside its days: the month of the year, the day of the week."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from steps.description.header import free_name


class Calendar(StrEnum):
    """A part of a date that comes again: months are 1 to 12, weekdays 1 for Monday to 7 for Sunday."""

    month = "month"
    weekday = "weekday"

    @property
    def levels(self) -> tuple[str, ...]:
        """The name of each value, from 1 on."""
        return MONTHS if self is Calendar.month else WEEKDAYS

    @property
    def unit(self) -> str:
        return f"1 for {self.levels[0]} to {len(self.levels)} for {self.levels[-1]}"

    @property
    def period(self) -> str:
        return "month of the year" if self is Calendar.month else "day of the week"

    def sql(self, date: str) -> str:
        """The expression of this part of a date, a DOUBLE."""
        return f"CAST({'month' if self is Calendar.month else 'isodow'}({date}) AS DOUBLE)"


MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class CalendarField(NamedTuple):
    """A part of a column's dates, as a field."""

    column: str
    calendar: Calendar


def calendar_fields(also: Mapping[str, Iterable[Calendar]], names: Iterable[str]) -> dict[str, CalendarField]:
    """The fields by name: `issue_d_month` and `issue_d_weekday` of issue_d, unless another column is called so.

    Parameters
    ----------
    also
        What each column of dates has beside its days.
    names
        All columns of the file: a field whose name one has, also by case, is `issue_d_month_2`.
    """
    taken = {name.casefold() for name in names}
    fields: dict[str, CalendarField] = {}
    for column, calendars in also.items():
        for calendar in calendars:
            name = f"{column}_{calendar}"
            name = free_name(name, taken) if name.casefold() in taken else name
            taken.add(name.casefold())
            fields[name] = CalendarField(column, calendar)
    return fields
