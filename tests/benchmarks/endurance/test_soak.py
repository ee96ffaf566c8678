"""The soak: every answer with its expected status, and growth that the checks find."""

from collections import Counter

import pytest

from benchmarks.endurance.resources import Usage
from benchmarks.endurance.soak import Answers, checks, soak, summary
from benchmarks.load.connection import Answer
from steps.run.console import UserError

WARM_UP, SECONDS = 25, 100
STEADY = [Usage(at, 500.0, 80, 20) for at in range(SECONDS)]


def failed(usages: list[Usage], answers: Answers | None = None) -> list[str]:
    return [
        check.finding for check in checks(answers or Answers(Counter({200: 9})), usages, WARM_UP) if not check.holds
    ]


def test_what_stays_as_it_is_holds():
    assert failed(STEADY) == []


def test_what_is_taken_in_the_warm_up_is_not_growth():
    assert failed([Usage(at, min(500, 20 * at + 1), min(80, 4 * at + 1), 20) for at in range(SECONDS)]) == []


def test_memory_that_grows_slowly_is_found():
    # From the middle of the first quarter after the warm-up to that of the last are 57 s: 28.5 of 516.75 MB.
    assert failed([Usage(at, 500 + 0.5 * at, 80, 20) for at in range(SECONDS)]) == [
        "memory: 517 to 545 MB, +5.5 %, at most +3 %"
    ]


def test_it_is_said_how_small_a_leak_would_be_found():
    # 3 % of 500 MB are 15 MB; 57 s of 100 answers a second are 5,700, so 2,759 bytes each.
    words = summary(Answers(Counter({200: 9_000, 400: 1_000})), STEADY, SECONDS, WARM_UP)
    assert "10,000 answers, 100 a second: 9,000 with 200, 1,000 with 400." in words
    assert "a leak of 2,759 bytes an answer would be found" in words


def test_a_single_handle_or_thread_more_is_found():
    handle = [Usage(at, 500.0, 80 + (at > 60), 20) for at in range(SECONDS)]
    thread = [Usage(at, 500.0, 80, 20 + (at > 60)) for at in range(SECONDS)]
    assert failed(handle) == ["handles: 80 to 81, +1.2 %, at most +0 %"]
    assert failed(thread) == ["threads: 20 to 21, +5.0 %, at most +0 %"]


def test_what_is_held_for_a_moment_is_not_growth():
    assert failed([Usage(at, 500.0 + 100 * (at == 90), 80 + (at == 90), 20) for at in range(SECONDS)]) == []


def test_too_short_a_soak_is_not_judged():
    with pytest.raises(UserError, match="expected at least 4 readings after the warm-up, got 3: soak for longer"):
        failed(STEADY[: WARM_UP + 3])


def test_an_answer_that_is_not_as_expected_is_told():
    answers = Answers()
    answers.count(Answer(200, b"HTTP/1.1 200 OK", 0.01), 200)
    answers.count(Answer(400, b"HTTP/1.1 400 Bad Request", 0.01), 400)
    answers.count(Answer(500, b"HTTP/1.1 500 Internal Server Error", 0.01), 400)

    assert answers.statuses == {200: 1, 400: 1, 500: 1}
    assert failed(STEADY, answers) == [
        "1 of 3 answers not as expected, as HTTP/1.1 500 Internal Server Error instead of 400"
    ]


@pytest.mark.slow
def test_the_hardened_server_endures_a_short_soak(subject, tmp_path, monkeypatch):
    # A reading counts a connection that a slow machine is about to close: only the median of several tells.
    monkeypatch.setattr("benchmarks.endurance.soak.EVERY", 0.2)
    trial = soak(subject, tmp_path, workers=1, connections=4, seconds=8)

    as_expected, *_, handles, threads = trial.checks
    assert as_expected.holds, as_expected
    assert handles.holds, handles
    assert threads.holds, threads
    assert len(trial.usages) >= 4
    assert " with 200, " in trial.summary
