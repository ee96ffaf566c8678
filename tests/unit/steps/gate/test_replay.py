"""The gate's check on the requests on record."""

import numpy as np
import pytest

from steps.gate.replay import check_replay
from steps.run.policy import ReplayBounds

BOUNDS = ReplayBounds(days=30, least_decisions=1_000, largest_change_of_approval=0.05)


def decided(count: int, lost: int, won: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Decisions of which two in three were granted, `lost` of those no more, and `won` others."""
    then = np.arange(count) % 3 < 2
    now = then.copy()
    now[np.flatnonzero(then)[:lost]] = False
    now[np.flatnonzero(~then)[:won]] = True
    return then, now


@pytest.mark.parametrize(
    ("count", "lost", "won", "passed"),
    [
        (10_000, 0, 0, True),
        (10_000, 400, 0, True),  # 4.0 %, at most 4.4 % with its interval
        (10_000, 490, 0, False),  # 4.9 %, up to 5.3 %
        (10_000, 0, 490, False),  # more granted is a change, too
        (10_000, 900, 900, True),  # as many to either side: the share stays
        (999, 0, 0, False),  # too few
    ],
)
def test_the_share_granted_may_change_by_the_bound_with_its_interval(count, lost, won, passed):
    check, figures = check_replay(*decided(count, lost, won), 0, BOUNDS, 0)

    assert check.passed is passed
    assert figures["replay_approval_change"] == pytest.approx((won - lost) / count)
    assert figures["replay_decisions"] == count


def test_without_decisions_no_version_passes_and_the_check_says_so():
    check, figures = check_replay(*decided(0, 0), 0, BOUNDS, 0)

    assert not check.passed
    assert "no decision on record in 30 days" in check.finding
    assert figures == {}


def test_a_failed_check_says_how_many_decisions_would_do_or_where_to_look():
    few, _ = check_replay(*decided(1_200, 50), 0, BOUNDS, 0)  # 4.2 %, up to 5.4 %
    changed, _ = check_replay(*decided(10_000, 900), 25, BOUNDS, 0)

    assert "too few decisions to tell: about" in few.finding
    assert "wait for more decisions" in few.advice
    assert "mlflow run . -e replay" in changed.advice
    assert "25 of them an error by its contract" in changed.finding
