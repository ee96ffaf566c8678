"""Which language a page has, and how it writes numbers and times."""

import re
from datetime import UTC, date, datetime
from typing import get_args

from starlette.requests import Request

from steps.tables.catalogue import Language

LANGUAGES: tuple[Language, ...] = get_args(Language)
COOKIE = "language"
NARROW, UNBROKEN = "\u202f", "\u00a0"
MONTHS = {
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    "fr": [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
}


def language_of(request: Request) -> Language:
    """The language that the person chose, else the first of the browser's that there is, else English."""
    chosen = request.cookies.get(COOKIE, "")
    asked = [each.split(";")[0].strip()[:2].lower() for each in request.headers.get("accept-language", "").split(",")]
    for each in (chosen, *asked):
        for language in LANGUAGES:
            if each == language:
                return language
    return "en"


def spaced(text: str, language: Language) -> str:
    """A text whose double signs stay with their words: French has a space before them that no line may break at."""
    return re.sub(r" (?=[:;!?»%])|(?<=«) ", UNBROKEN, text) if language == "fr" else text


def number(value: float, language: Language, decimals: int = 0) -> str:
    """A number with its thousands apart: 12,345.6 and 12 345,6."""
    text = f"{value:,.{decimals}f}"
    if language == "fr":
        text = text.replace(",", NARROW).replace(".", ",")
    return text.replace("-", "\u2212")


def plain(value: float, language: Language) -> str:
    """A number with as many decimals as it has, at most four."""
    decimals = next((places for places in range(4) if round(value, places) == value), 4)
    return number(value, language, decimals)


def percent(share: float, language: Language, decimals: int = 1) -> str:
    """A share as a percentage: 13.2% and 13,2 %."""
    return number(100 * share, language, decimals) + ("%" if language == "en" else f"{NARROW}%")


def of_hundred(share: float, language: Language, other: float | None = None) -> str:
    """A share as people say it: 13 of 100, fewer than 1 of 100 below a half.

    With decimals where it would read as the `other` share that it is compared with: 9.0 of 100 beside 9.1 of 100.
    """
    if other is None or other == share:
        decimals = 0
    else:
        decimals = next((each for each in range(3) if round(100 * share, each) != round(100 * other, each)), 3)
    if not decimals and round(100 * share) == 0 and share > 0:
        return "fewer than 1 of 100" if language == "en" else "moins de 1 sur 100"
    count = number(100 * share, language, decimals)
    return f"{count} of 100" if language == "en" else f"{count} sur 100"


def today() -> date:
    """The day in UTC, as all days of the desk."""
    return datetime.now(UTC).date()


def day(time: date, language: Language) -> str:
    """A day, or that of a moment in UTC, in words: 3 March 2026, 1er mars 2026."""
    utc = time.astimezone(UTC) if isinstance(time, datetime) else time
    first = "1er" if language == "fr" and utc.day == 1 else str(utc.day)
    return f"{first} {MONTHS[language][utc.month - 1]} {utc.year}"


def moment(time: datetime, language: Language) -> str:
    """A day and a time of day in words, in UTC: 3 March 2026, 14:05 UTC."""
    return f"{day(time, language)}, {time.astimezone(UTC):%H:%M} UTC"
