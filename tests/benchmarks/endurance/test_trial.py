"""The result of a trial: a summary, and checks that hold or failed."""

from benchmarks.endurance.resources import Usage
from benchmarks.endurance.trial import Check, Trial, growth_check

USAGES = [Usage(at, 500.0 + at, 80, 20) for at in range(40)]
SOAK = Trial(
    "Soak", "No request came.", [Check("no answer was lost", True), Check("memory stayed", False)], USAGES, 10.0
)


def test_failed_checks_are_reported_as_plainly_as_those_that_hold():
    assert str(SOAK) == "## Soak\n\nNo request came.\n\n- holds: no answer was lost\n- FAILED: memory stayed"


def test_growth_up_to_its_bound_holds():
    assert str(growth_check("memory", 200, 206, 3, " MB")) == "holds: memory: 200 to 206 MB, +3.0 %, at most +3 %"
    assert str(growth_check("handles", 200, 201, 0)) == "FAILED: handles: 200 to 201, +0.5 %, at most +0 %"
    assert growth_check("memory", 200, 150, 0).holds
