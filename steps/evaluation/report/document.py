"""The parts of a report: figures as they are in the JSON, and blocks as the page shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict

UNKNOWN = "–"

Pictures = Mapping[str, bytes]
"""PNG files by name; a picture that was not drawn is not shown."""


class Figures(BaseModel):
    """Figures of the report; a figure that the clients do not give is null."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Estimate(Figures):
    """A figure with the ends of its 95 % interval, where it has one."""

    value: float | None
    low: float | None = None
    high: float | None = None

    @classmethod
    def of(cls, value: float | None, interval: tuple[float, float] | None = None) -> "Estimate":
        return cls(value=value) if interval is None else cls(value=value, low=interval[0], high=interval[1])

    @property
    def interval(self) -> str:
        """ "0.7461 to 0.7824", or nothing."""
        return "" if self.low is None or self.high is None else f"{self.low:.4f} to {self.high:.4f}"

    def text(self, digits: int = 4) -> str:
        """ "0.7644 (0.7461 to 0.7824)"."""
        value = number(self.value, digits)
        if self.low is None or self.high is None:
            return value
        return f"{value} ({self.low:.{digits}f} to {self.high:.{digits}f})"

    def percent(self) -> str:
        """ "76.4% (74.6% to 78.2%)"."""
        value = share(self.value)
        return value if self.low is None or self.high is None else f"{value} ({self.low:.1%} to {self.high:.1%})"


class LeftOut(Figures):
    """A section that could not be measured, and why."""

    left_out: str


@dataclass(frozen=True)
class Paragraph:
    """A sentence or more. `is_warning`: it asks for somebody's attention."""

    text: str
    is_warning: bool = False
    kind: str = field(default="paragraph", init=False)


@dataclass(frozen=True)
class Table:
    """A table of texts. The first `words` columns are words, the others figures."""

    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: int = 1
    kind: str = field(default="table", init=False)


@dataclass(frozen=True)
class Picture:
    """A picture by its name, with what it shows for those who do not see it, and what to read from it."""

    name: str
    alternative: str
    caption: str
    size: Literal["", "small", "wide"] = ""
    kind: str = field(default="picture", init=False)


Block = Paragraph | Table | Picture


@dataclass(frozen=True)
class Shown:
    """A section as the page shows it."""

    title: str
    blocks: Sequence[Block]

    @property
    def anchor(self) -> str:
        """The section's id: "against-the-champion"."""
        return "-".join("".join(each if each.isalnum() else " " for each in self.title.lower()).split())


@dataclass(frozen=True)
class Finding:
    """A warning, with the section that it is in."""

    text: str
    title: str
    anchor: str


class Section(Protocol):
    """Figures that can be shown."""

    def shown(self) -> Shown: ...


def number(value: float | None, digits: int = 4) -> str:
    """A figure with its digits, or a dash."""
    return UNKNOWN if value is None else f"{value:,.{digits}f}"


def share(value: float | None) -> str:
    """A share in percent with one decimal, or a dash."""
    return UNKNOWN if value is None else f"{value:.1%}"


def minute(moment: datetime | None) -> str:
    """A time in UTC to the minute, whatever its offset; empty without one."""
    return "" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def signed(value: float | None, digits: int = 4) -> str:
    """A difference with its sign, or a dash."""
    return UNKNOWN if value is None else f"{value:+.{digits}f}"
