"""What a server withstood: in words, as checks that hold or do not, and what it held meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.endurance.resources import Usage


@dataclass(frozen=True)
class Check:
    """What must be so on any machine, with its figures."""

    what: str
    holds: bool

    def __str__(self) -> str:
        return f"{'holds' if self.holds else 'FAILED'}: {self.what}"


@dataclass(frozen=True)
class Endured:
    """One trial of a server; `warm_up` is how many seconds of its `usages` are not judged."""

    title: str
    words: str
    checks: Sequence[Check]
    usages: Sequence[Usage]
    warm_up: float = 0.0

    def __str__(self) -> str:
        return "\n".join([f"## {self.title}", "", self.words, "", *(f"- {check}" for check in self.checks)])


def grown(name: str, before: float, after: float, most: float, unit: str = "") -> Check:
    """That something grew by no more than `most` percent."""
    percent = 100 * (after - before) / before
    return Check(f"{name}: {before:.0f} to {after:.0f}{unit}, {percent:+.1f} %, at most {most:+g} %", percent <= most)
