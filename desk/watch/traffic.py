"""The decisions of some days, added up by period: how many, which share is granted, what a decision costs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from typing import Literal

from custom_model.decision_log.totals import Totals
from custom_model.rates import QUANTILE
from steps.evaluation.groups import SMALLEST_GROUP
from steps.evaluation.report.document import Estimate
from steps.monitoring.decisions.against_reference import share_with_interval

Unit = Literal["day", "week", "month"]
UNITS: tuple[Unit, ...] = ("day", "week", "month")
MOST = 100  # periods of a chart
GAPS = 10  # of so many periods with decisions one may have no rate, and one at an end; else periods are longer
COURSE = 4  # periods with a rate, of which a line shows more than a sentence does


@dataclass(frozen=True)
class Sums:
    """Decisions by outcome, and the sums over them that their rates are of."""

    granted: int = 0
    refused: int = 0
    referred: int = 0
    defaults: float = 0.0  # expected, of the granted
    cost: float = 0.0
    squares: float = 0.0  # of the costs

    @classmethod
    def of(cls, totals: Iterable[Totals]) -> "Sums":
        counts = {"granted": 0, "refused": 0, "referred": 0}
        defaults = cost = squares = 0.0
        for each in totals:
            counts[each.decision] += each.decisions
            defaults += each.probability if each.decision == "granted" else 0.0
            cost, squares = cost + each.cost, squares + each.squares
        return cls(**counts, defaults=defaults, cost=cost, squares=squares)

    @property
    def decisions(self) -> int:
        return self.granted + self.refused + self.referred

    @property
    def is_known(self) -> bool:
        """Whether the rates are of enough decisions to be told."""
        return self.decisions >= SMALLEST_GROUP

    @property
    def approval(self) -> Estimate:
        """The share granted."""
        return share_with_interval(self.granted, self.decisions) if self.is_known else Estimate(value=None)

    @property
    def mean_cost(self) -> Estimate:
        """The expected cost of a decision, with the interval of so many decisions by which applications come."""
        if not self.is_known:
            return Estimate(value=None)
        mean = self.cost / self.decisions
        variance = max(0.0, self.squares - self.decisions * mean**2) / (self.decisions - 1)
        half = QUANTILE * sqrt(variance / self.decisions)
        return Estimate(value=mean, low=mean - half, high=mean + half)


@dataclass(frozen=True)
class Period:
    """A day, or the days of a week or a month that are asked for."""

    first: date
    last: date
    sums: Sums


@dataclass(frozen=True)
class Traffic:
    """The periods of `unit` from the first day to the last, the versions among them, and all together."""

    unit: Unit
    periods: Sequence[Period]
    versions: dict[str, Sequence[int]]  # decisions by version, in each period
    whole: Sums

    @property
    def has_course(self) -> bool:
        """Whether there are enough periods with rates to be drawn as a line."""
        return sum(each.sums.is_known for each in self.periods) >= COURSE


def traffic_of(totals: Sequence[Totals], first: date, last: date) -> Traffic:
    """Divide the days from first to last: into weeks or months where there are many, or few decisions in each."""
    days: dict[date, list[Totals]] = {}
    for each in totals:
        days.setdefault(each.day, []).append(each)
    for unit in UNITS:
        spans = _spans(unit, first, last)
        members = [[total for day in _days(*span) for total in days.get(day, ())] for span in spans]
        counts = [sum(total.decisions for total in each) for each in members if each]
        few = sum(count < SMALLEST_GROUP for count in counts)
        if len(spans) <= MOST and (few <= 1 + len(counts) // GAPS or len(spans) <= COURSE):
            break
    versions = in_order(each.version or "" for each in totals)
    return Traffic(
        unit,
        [Period(*span, Sums.of(each)) for span, each in zip(spans, members, strict=True)],
        {version: [_count(each, version) for each in members] for version in versions},
        Sums.of(totals),
    )


def in_order(versions: Iterable[str]) -> list[str]:
    """Each version once, by its number: 9 before 10."""
    return sorted(set(versions), key=lambda each: (len(each), each))


def _count(totals: Iterable[Totals], version: str) -> int:
    return sum(each.decisions for each in totals if (each.version or "") == version)


def _spans(unit: Unit, first: date, last: date) -> list[tuple[date, date]]:
    spans, start = [], first
    while start <= last:
        end = min(_end(unit, start), last)
        spans.append((start, end))
        start = end + timedelta(days=1)
    return spans


def _end(unit: Unit, day: date) -> date:
    """The last day of its week, which ends on Sunday, or of its month."""
    if unit == "day":
        return day
    if unit == "week":
        return day + timedelta(days=6 - day.weekday())
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=each) for each in range((last - first).days + 1))
