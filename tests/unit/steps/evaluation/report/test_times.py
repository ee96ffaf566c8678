from datetime import UTC, datetime, timedelta, timezone

import pytest

from steps.evaluation.report.document import minute


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (None, ""),
        (datetime(2026, 1, 31, 23, 30, tzinfo=UTC), "2026-01-31 23:30 UTC"),
        (datetime(2026, 2, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))), "2026-01-31 23:30 UTC"),
    ],
)
def test_a_time_is_shown_in_utc_whatever_its_offset(moment, shown):
    assert minute(moment) == shown
