"""Calendar periods that divide a window: hours, days, weeks, months, quarters or years, in UTC."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Unit:
    """A kind of period: the number of the one that a time is in, the first moment of a number, and its name."""

    name: str
    number: Callable[[np.ndarray], np.ndarray]
    start: Callable[[np.ndarray], np.ndarray]
    label: Callable[[np.datetime64], str]


def _counted(code: str) -> Callable[[np.ndarray], np.ndarray]:
    return lambda times: times.astype(f"datetime64[{code}]").astype(np.int64)


def _from(code: str, factor: int = 1, shift: int = 0) -> Callable[[np.ndarray], np.ndarray]:
    return lambda numbers: (numbers * factor + shift).astype(f"datetime64[{code}]").astype("datetime64[s]")


MONDAY = 3  # days from a Monday to 1970-01-01
UNITS = (
    Unit("hour", _counted("h"), _from("h"), lambda start: f"{start}"[:13].replace("T", " ") + ":00"),
    Unit("day", _counted("D"), _from("D"), lambda start: f"{start}"[:10]),
    Unit(
        "week",
        lambda times: (_counted("D")(times) + MONDAY) // 7,
        _from("D", 7, -MONDAY),
        lambda start: f"week of {start}"[:18],
    ),
    Unit("month", _counted("M"), _from("M"), lambda start: f"{start}"[:7]),
    Unit(
        "quarter",
        lambda times: _counted("M")(times) // 3,
        _from("M", 3),
        lambda start: f"{f'{start}'[:4]} Q{int(f'{start}'[5:7]) // 3 + 1}",
    ),
    Unit("year", _counted("Y"), _from("Y"), lambda start: f"{start}"[:4]),
)
COHORTS = tuple(each for each in UNITS if each.name in ("month", "quarter", "year"))


@dataclass(frozen=True)
class Periods:
    """The periods from that of the first time to that of the last.

    Attributes
    ----------
    unit
        "hour", "day", "week", "month", "quarter" or "year".
    starts
        (periods,) datetime64[s], the first moment of each; a week starts on Monday.
    labels
        Their names: "2026-01-05 13:00", "2026-01-05", "week of 2026-01-05", "2026-01", "2026 Q1", "2026".
    places
        (times,) the period of each time.
    """

    unit: str
    starts: np.ndarray
    labels: Sequence[str]
    places: np.ndarray


def periods(times: np.ndarray, most: int, units: Sequence[Unit] = UNITS) -> Periods:
    """The shortest periods of which at most `most` hold all (times,) datetime64; the longest where none do.

    Decisions from the 1st to the 31st of January are in 31 days, as their 744 hours are more than 60.
    """
    if not len(times):
        return Periods(units[0].name, np.empty(0, "datetime64[s]"), [], np.empty(0, np.int64))
    for unit in units:
        numbers = unit.number(times)
        first, last = int(numbers.min()), int(numbers.max())
        if last - first < most:
            break
    starts = unit.start(np.arange(first, last + 1))
    return Periods(unit.name, starts, [unit.label(each) for each in starts], numbers - first)
