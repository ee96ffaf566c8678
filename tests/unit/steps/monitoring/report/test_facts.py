"""What heads the report: the window and its decisions."""

from datetime import datetime

from steps.monitoring.report.facts import facts
from steps.traffic.recorded import Span
from tests.unit.steps.monitoring.decided_windows import reference, window


def test_times_are_utc_also_of_a_window_that_is_asked_for_with_an_offset():
    since, until = (datetime.fromisoformat(each) for each in ("2026-01-01T02:00+02:00", "2026-01-01T23:30-01:00"))

    found = facts(window([0.05] * 3), reference(60, 40), Span("cards", since, until), "3", "a log")

    assert (found.since, found.until) == ("2026-01-01 00:00 UTC", "2026-01-02 00:30 UTC")
    assert (found.first, found.last) == ("2026-01-01 00:00 UTC", "2026-01-01 02:00 UTC")
