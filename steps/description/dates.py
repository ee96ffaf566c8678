"""Spellings of dates, and the SQL that reads them."""

from collections.abc import Iterator, Sequence

DAYS = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d",
    "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y",
    "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%m-%d-%y",
    "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y", "%d%b%Y", "%d%b%y", "%b %d, %Y", "%B %d, %Y",
)  # fmt: skip
TIMES = ("%H:%M:%S", "%H:%M", "%H:%M:%S.%f", "%I:%M:%S %p")
MONTHS = ("%b-%Y", "%b-%y", "%Y-%m", "%m/%Y", "%b %Y", "%B %Y", "%Y/%m")  # the first day of the month
EARLIEST, LATEST = "DATE '1850-01-01'", "DATE '2150-01-01'"
SWAPPED = {"%d": "%m", "%m": "%d"}


def formats() -> Iterator[str]:
    """All spellings, in strptime's codes, those that say more first."""
    yield from DAYS
    for day in DAYS:
        for time in TIMES:
            yield f"{day} {time}"
    for time in TIMES[:3]:
        yield f"%Y-%m-%dT{time}"
        yield f"%Y-%m-%dT{time}Z"
    yield from MONTHS


def read(text: str, written: Sequence[str]) -> str:
    """The expression of the date of a text in the first of these spellings that fits; NULL in none of them."""
    spellings = (each.replace("'", "''") for each in written)
    tried = ", ".join(f"try_strptime({text}, '{each}')" for each in spellings)
    return f"CASE WHEN coalesce({tried}) BETWEEN {EARLIEST} AND {LATEST} THEN CAST(coalesce({tried}) AS DATE) END"


def other_order(written: str) -> str | None:
    """The spelling with day and month the other way round; None where there is none: %d/%m/%Y for %m/%d/%Y."""
    swapped = "".join(SWAPPED.get(part, part) for part in _parts(written))
    return swapped if swapped != written and swapped in set(formats()) else None


def _parts(written: str) -> Iterator[str]:
    place = 0
    while place < len(written):
        length = 2 if written[place] == "%" else 1
        yield written[place : place + length]
        place += length
