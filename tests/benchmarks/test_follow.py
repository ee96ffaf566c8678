"""The benchmark of changes: what it finds, and a whole run with two changes."""

import pytest

from benchmarks import follow as benchmark
from benchmarks.endurance.resources import Usage
from benchmarks.follow import Change, follow, growth_checks, other_costs, p99_check, summary
from benchmarks.load.unbroken import Decided
from benchmarks.serving.subject import Subject
from steps.policy import change_policy
from steps.run.console import UserError
from steps.run.policy import Policy
from steps.run.settings import Settings

STARTED = 100.0
BEFORE = [Decided(at, 0.010, "-") for at in range(100)]
CHANGES = [Change(200.0, 206.0, 210.0), Change(300.0, 302.0, 304.0)]
BETWEEN = [Decided(250.0, 9.0, "-")]  # slow, and in no change


def during(seconds: float) -> list[Decided]:
    return [Decided(200.0 + part / 100, seconds, "-") for part in range(100)]


def test_the_p99_of_changes_is_held_against_that_before_the_first():
    check = p99_check([*BEFORE, *during(0.025), *BETWEEN], CHANGES, STARTED)

    assert (check.holds, check.finding) == (True, "p99 during a change 2.50 times that before, at most 3")
    assert not p99_check([*BEFORE, *during(0.031), *BETWEEN], CHANGES, STARTED).holds


def test_no_answers_in_a_change_are_an_error_and_no_good_figure():
    with pytest.raises(UserError, match="no answers"):
        p99_check([*BEFORE, *BETWEEN], CHANGES, STARTED)


def test_the_summary_has_both_latencies_and_how_long_a_change_takes():
    text = summary([*BEFORE, *during(0.025), Decided(303.0, 0.4, "-")], CHANGES, STARTED)

    assert "before the first change and during all: 10.0 / 10.0 / 25.0 / 25.0; p99 of the worst change 400 ms" in text
    assert "first answer of the version 4.0 s, to the end of the\nlast worker of the other 7.0 s (medians)" in text


def test_growth_of_memory_and_of_open_files_is_found():
    before = Usage(0.0, 500.0, 80, 20)

    assert all(check.holds for check in growth_checks(before, Usage(0.0, 524.0, 80, 20)))
    grown = growth_checks(before, Usage(0.0, 526.0, 81, 21))
    assert [check.holds for check in grown] == [False, False, False]


@pytest.mark.slow
def test_two_changes_under_load(subject: Subject, policy: Policy, tmp_path, monkeypatch):
    monkeypatch.setattr(benchmark, "PAUSE", 0.2)  # its figures are not what is tested
    name, version = subject.uri.removeprefix("models:/").split("/")
    other = change_policy(name, version, Settings(), other_costs(policy))

    trial = follow(subject, str(other), tmp_path, workers=1, connections=2, changes=2)

    requests, records, *_ = trial.checks
    assert requests.holds, requests
    assert records.holds, records
    assert records.finding == "0 answers without a record, 0 records without one"
