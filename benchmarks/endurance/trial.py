"""The result of a trial: a summary, checks that hold or fail, and the server's usage over time."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.endurance.resources import Usage


@dataclass(frozen=True)
class Check:
    """A property that must hold on any machine, with its figures."""

    finding: str
    holds: bool

    def __str__(self) -> str:
        return f"{'holds' if self.holds else 'FAILED'}: {self.finding}"


@dataclass(frozen=True)
class Trial:
    """One trial of a server; checks leave out the first `warm_up` seconds of its `usages`."""

    title: str
    summary: str
    checks: Sequence[Check]
    usages: Sequence[Usage]
    warm_up: float = 0.0

    def __str__(self) -> str:
        return "\n".join([f"## {self.title}", "", self.summary, "", *(f"- {check}" for check in self.checks)])


def growth_check(name: str, before: float, after: float, limit: float, unit: str = "") -> Check:
    """The check that a figure grew by at most `limit` percent."""
    percent = 100 * (after - before) / before
    return Check(f"{name}: {before:.0f} to {after:.0f}{unit}, {percent:+.1f} %, at most {limit:+g} %", percent <= limit)
