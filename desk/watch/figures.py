"""Figures as the page writes them: costs with their significant digits, shares and their intervals, days."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from math import floor, log10

from desk.language.catalogue import say
from desk.language.languages import Language, day, number, percent
from steps.evaluation.report.document import UNKNOWN, Estimate

DIGITS = 3  # significant ones


def amount(value: float | None, language: Language, digits: int = DIGITS) -> str:
    """A cost with so many significant digits and no more decimals than that takes: 0.454, 45.4, 4,540."""
    if value is None:
        return UNKNOWN
    decimals = digits if not value else max(0, digits - 1 - floor(log10(abs(value))))
    return number(value, language, min(decimals, 6))


def share(value: float | None, language: Language) -> str:
    """A share, or a dash."""
    return UNKNOWN if value is None else percent(value, language)


def with_band(estimate: Estimate, language: Language) -> str:
    """A cost with its 95 % interval, where it has one: 0.454 (0.443 to 0.464)."""
    return _with_band(estimate, amount, language)


def share_with_band(estimate: Estimate, language: Language) -> str:
    """A share with its 95 % interval, where it has one: 73.2% (71.5% to 74.7%)."""
    return _with_band(estimate, share, language)


def points(estimate: Estimate, language: Language) -> str:
    """A change of a share in percentage points with its interval: +1.2 (-0.3 to +2.7)."""
    if estimate.value is None:
        return UNKNOWN
    value, low, high = (signed(100 * (each or 0.0), language) for each in (estimate.value, estimate.low, estimate.high))
    return say(language, "watch.band", value=value, low=low, high=high)


def signed(value: float, language: Language, decimals: int = 1) -> str:
    """A difference with its sign."""
    return ("+" if value > 0 else "") + number(value, language, decimals)


def day_or_dash(time: date | None, language: Language) -> str:
    """A day in words, or a dash."""
    return UNKNOWN if time is None else day(time, language)


def minute(text: str) -> datetime | None:
    """The time of a report's "2026-03-01 14:05 UTC"; None where it has none."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M UTC").replace(tzinfo=UTC) if text else None


def _with_band(estimate: Estimate, write: Callable[[float | None, Language], str], language: Language) -> str:
    value, low, high = (write(each, language) for each in (estimate.value, estimate.low, estimate.high))
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return value
    return say(language, "watch.band", value=value, low=low, high=high)
