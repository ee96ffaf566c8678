"""What the page is asked for: days, a version, a segment, and one of the windows that were monitored."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

LATEST = {"7": 7, "30": 30, "90": 90}  # days up to today
ALL, USUAL = "all", "30"
SEGMENTS = {"known": True, "new": False}  # whether the client's past loans were known


@dataclass(frozen=True)
class Asked:
    """The choice of a person.

    Attributes
    ----------
    latest
        A key of `LATEST`, or `ALL`; empty where days are chosen.
    first, last
        The days, both included; None: from the first decision on, or to the last.
    version, segment
        Number of a version, and source of the history; empty: all.
    run
        Id of the run that monitored a window; empty: the last one.
    problem
        Key of the sentence that says why the choice cannot be followed; empty where it can.
    """

    latest: str = USUAL
    first: date | None = None
    last: date | None = None
    version: str = ""
    segment: str = ""
    run: str = ""
    problem: str = ""

    def href(self, **changes: str) -> str:
        """The address of the page with these parameters in place of the own; an empty one is left out."""
        days = {"days": self.latest} if self.latest else {"since": _text(self.first), "until": _text(self.last)}
        own = {**days, "version": self.version, "segment": self.segment, "run": self.run}
        if "days" in changes:
            own = {name: value for name, value in own.items() if name not in ("since", "until")}
        return f"/watch?{urlencode({name: value for name, value in {**own, **changes}.items() if value})}"

    def decisions(self, first: date | None, last: date | None, decision: str = "", before: str = "") -> str:
        """The address of the list of the decisions from the first day to the last; `before` is the last one seen."""
        named = {"since": _text(first), "until": _text(last), "decision": decision, "before": before}
        named |= {"version": self.version, "segment": self.segment}
        return f"/watch/decisions?{urlencode({name: value for name, value in named.items() if value})}"


def read_asked(given: Mapping[str, str], today: date) -> Asked:
    """The choice in an address's parameters, whatever they are; where it has a problem the usual days are shown."""
    own = Asked(version=given.get("version", ""), segment=given.get("segment", ""), run=given.get("run", ""))
    since, until, latest = (given.get(name, "").strip() for name in ("since", "until", "days"))
    usual = _latest(own, USUAL, today)
    if own.segment not in ("", *SEGMENTS):
        return replace(usual, segment="", problem="watch.unknown_segment")
    if since or until:
        try:
            first, last = (date.fromisoformat(each) if each else None for each in (since, until))
        except ValueError:
            return replace(usual, problem="watch.no_day")
        if first is not None and last is not None and first > last:
            return replace(usual, problem="watch.ends_before")
        return replace(own, latest="", first=first, last=None if last is None else min(last, today))
    if latest and latest not in (*LATEST, ALL):
        return replace(usual, problem="watch.unknown_days")
    return _latest(own, latest or USUAL, today)


def _latest(own: Asked, latest: str, today: date) -> Asked:
    if latest == ALL:
        return replace(own, latest=ALL)
    return replace(own, latest=latest, first=today - timedelta(days=LATEST[latest] - 1), last=today)


def _text(day: date | None) -> str:
    return "" if day is None else day.isoformat()
