"""The gate's checks in a table: their names in the person's language, their findings as they are on record."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from desk.language.catalogue import words


class Checked(Protocol):
    """A check of the gate as it was found."""

    @property
    def name(self) -> str: ...

    @property
    def passed(self) -> bool: ...

    @property
    def finding(self) -> str: ...


@dataclass(frozen=True)
class CheckRow:
    """A row; `key` is that of its name in the catalogue, empty for a check that this version of the desk lacks."""

    key: str
    name: str
    passed: bool
    finding: str


def check_rows(checks: Iterable[Checked]) -> list[CheckRow]:
    """The rows, what failed first."""
    rows = [CheckRow(_key(each.name), each.name, each.passed, each.finding) for each in checks]
    return sorted(rows, key=lambda row: row.passed)


def _key(name: str) -> str:
    key = f"models.check.{name}"
    return key if key in words() else ""
