"""What a window is tested for, and what of it raises an alarm."""

from collections.abc import Sequence
from dataclasses import dataclass

from steps.quality.many_tests import holm

# What each family of comparisons takes of the false alarms that policy.yaml allows a window. Few tests are of the
# decisions: among the hundreds of the fields they would need up to twice the labels (docs/monitoring.md).
OF_THE_WINDOW, OF_GROUPS, OF_DECISIONS = 0.5, 0.25, 0.25
KINDS = ("drift", "feed", "approval", "cost", "calibration", "fairness")


@dataclass(frozen=True)
class Tested:
    """One comparison of a window.

    Parameters
    ----------
    name : str
        What is compared: a field, "score", "decisions", "approval of Age 25 to 35 years".
    p : float
        The probability of so large a difference, or a larger one, where there is none beyond what is tolerated.
    """

    name: str
    p: float


def alarming(tests: Sequence[Tested], level: float) -> list[bool]:
    """Which of the tests raise an alarm, so that any false one among all has at most the probability `level` (Holm)."""
    return [p < level for p in holm([each.p for each in tests])]


@dataclass(frozen=True)
class Alarm:
    """Something for a person to act on.

    `kind` is one of `KINDS`; `sentence` says what was found, `action` what to do.
    """

    kind: str
    sentence: str
    action: str
