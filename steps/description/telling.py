"""Which months and weekdays of a file's dates tell its outcome."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from steps.description.calendars import Calendar, CalendarField
from steps.description.document import Description, Kind
from steps.description.seasons import Days, Season, season
from steps.description.source import Source
from steps.description.typed import days_since_1970, label, value_of


@dataclass(frozen=True)
class Telling:
    """A column of dates whose month or weekday tells the outcome."""

    field: CalendarField
    season: Season


def telling(source: Source, description: Description) -> list[Telling]:
    """The months and weekdays that tell, of every date that the model may have, among the labelled rows."""
    tried = [
        (CalendarField(name, calendar), found)
        for (name, days), calendar in product(_dates(source, description), Calendar)
        if (found := season(days, calendar)) is not None
    ]
    return [Telling(*each) for each in tried if each[1].tells(len(tried))]


def with_seasons(description: Description, found: Sequence[Telling]) -> Description:
    """The description with these months and weekdays as fields."""
    columns = dict(description.columns)
    for each in found:
        name, calendar = each.field
        columns[name] = columns[name].model_copy(update={"also": (*columns[name].also, calendar)})
    return description.model_copy(update={"columns": columns})


def in_words(found: Sequence[Telling], description: Description) -> Iterator[str]:
    """A sentence for each, with the name of its field in this description and the rates of its extremes."""
    names = {field: name for name, field in description.calendar_fields().items()}
    for each in found:
        (column, calendar), rates = each.field, each.season.rates
        when = "in" if calendar is Calendar.month else "on"
        low, high = (f"{rates[level]:.1%} {when} {calendar.levels[level - 1]}" for level in _extremes(rates))
        yield (
            f"the {calendar} of {column} tells, in the earlier half as in the later (defaults: {low}, "
            f"{high}): it is the field {names[each.field]}"
        )


def renamed(description: Description) -> Iterator[str]:
    """A warning for each month or weekday whose name is another column's already."""
    for name, (column, calendar) in description.calendar_fields().items():
        if name != f"{column}_{calendar}":
            yield f"a column is called {column}_{calendar}: the {calendar} of {column} is called {name}"


def _dates(source: Source, description: Description) -> Iterator[tuple[str, Days]]:
    outcome = label(source, description)
    for name, column in description.fields().items():
        if column.kind is not Kind.date or not column.use:
            continue
        day = days_since_1970(value_of(source, name, column))
        counts = source.connection.execute(
            f"SELECT day, count(*), sum(label) FROM (SELECT {day} AS day, {outcome} AS label FROM raw) "
            "WHERE day IS NOT NULL AND label IS NOT NULL GROUP BY 1 ORDER BY 1"
        ).fetchnumpy()
        yield name, Days(*(np.asarray(each, np.int64) for each in counts.values()))


def _extremes(rates: dict[int, float]) -> tuple[int, int]:
    return min(rates, key=lambda level: rates[level]), max(rates, key=lambda level: rates[level])
