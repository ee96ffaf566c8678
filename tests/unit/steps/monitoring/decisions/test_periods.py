"""Calendar periods of a window."""

import numpy as np
import pytest

from steps.monitoring.decisions.periods import COHORTS, periods


@pytest.mark.parametrize(
    ("first", "last", "unit", "labels"),
    [
        ("2026-01-05T13:59", "2026-01-05T15:00", "hour", ["2026-01-05 13:00", "2026-01-05 14:00", "2026-01-05 15:00"]),
        ("2026-01-30T23:59", "2026-02-28T00:00", "day", ["2026-01-30", "2026-01-31"]),
        ("2026-01-04T12:00", "2026-06-30T00:00", "week", ["week of 2025-12-29", "week of 2026-01-05"]),
        ("2023-01-31T00:00", "2026-01-01T00:00", "month", ["2023-01", "2023-02"]),
        ("2016-05-01T00:00", "2026-01-01T00:00", "quarter", ["2016 Q2", "2016 Q3"]),
        ("1969-12-31T23:59", "2026-01-01T00:00", "year", ["1969", "1970"]),
    ],
)
def test_the_shortest_unit_with_sixty_periods_divides_a_window(first, last, unit, labels):
    found = periods(np.array([first, last], "datetime64[us]"), 60)

    assert found.unit == unit
    assert found.labels[: len(labels)] == labels
    assert len(found.labels) == len(found.starts) <= 60
    assert found.places.tolist() == [0, len(found.labels) - 1]


def test_each_time_is_between_the_start_of_its_period_and_the_next():
    times = np.datetime64("2024-02-28", "us") + np.random.default_rng(5).integers(0, 10**13, 500)

    for most in (3_000, 200, 40, 10, 4):
        found = periods(times, most)
        starts = found.starts.astype("datetime64[us]")
        assert (starts[found.places] <= times).all()
        inner = found.places < len(starts) - 1
        assert (times[inner] < starts[found.places[inner] + 1]).all()


def test_cohorts_are_months_or_longer_and_no_times_have_no_period():
    day = np.array(["2026-03-31T10:00"], "datetime64[us]")

    assert periods(day, 24, COHORTS).labels == ["2026-03"]
    assert periods(day[:0], 60).labels == []
