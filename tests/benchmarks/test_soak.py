"""The soak: requests good and bad, each answered as it is to be, and growth that is found where there is some."""

import json
from collections import Counter

import pytest

from benchmarks.connection import Answer
from benchmarks.resources import Usage
from benchmarks.soak import Answers, checks, mixed_requests, soak
from steps.console import UserError

WARM_UP, SECONDS = 25, 100
STEADY = [Usage(at, 500.0, 80, 20) for at in range(SECONDS)]


def failed(usages: list[Usage], answers: Answers | None = None) -> list[str]:
    return [check.what for check in checks(answers or Answers(Counter({200: 9})), usages, WARM_UP) if not check.holds]


def test_what_stays_as_it_is_holds():
    assert failed(STEADY) == []


def test_what_is_taken_in_the_warm_up_is_not_growth():
    assert failed([Usage(at, min(500, 20 * at + 1), min(80, 4 * at + 1), 20) for at in range(SECONDS)]) == []


def test_memory_that_grows_slowly_is_found():
    # From the middle of the first quarter after the warm-up to that of the last are 57 s: 28.5 of 516.75 MB.
    assert failed([Usage(at, 500 + 0.5 * at, 80, 20) for at in range(SECONDS)]) == [
        "memory: 517 to 545 MB, +5.5 %, at most +3 %"
    ]


def test_a_single_handle_or_thread_more_is_found():
    handle = [Usage(at, 500.0, 80 + (at > 60), 20) for at in range(SECONDS)]
    thread = [Usage(at, 500.0, 80, 20 + (at > 60)) for at in range(SECONDS)]
    assert failed(handle) == ["handles: 80 to 81, +1.2 %, at most +0 %"]
    assert failed(thread) == ["threads: 20 to 21, +5.0 %, at most +0 %"]


def test_what_is_held_for_a_moment_is_not_growth():
    assert failed([Usage(at, 500.0 + 100 * (at == 90), 80 + (at == 90), 20) for at in range(SECONDS)]) == []


def test_too_short_a_soak_is_not_judged():
    with pytest.raises(UserError, match="4 looks at the server after the warm-up at least, got 3: soak it longer"):
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
def test_requests_are_of_many_clients_with_few_fields_and_all_and_some_are_mistakes(subject):
    mixed = mixed_requests(subject)

    good = [json.loads(request.body) for request in mixed if request.status == 200]
    sizes = Counter(len(request["inputs"]) for request in good)
    assert sizes[1] > 600 > sizes[10] > 0
    assert {request["params"]["reasons"] for request in good} == {"none", "refused", "all"}
    assert len({request["inputs"][0][subject.decider.contract.id] for request in good}) == 400
    assert 0.1 < sum(request.status == 400 for request in mixed) / len(mixed) < 0.2


@pytest.mark.slow
def test_the_hardened_server_endures_a_short_soak(subject, tmp_path):
    endured = soak(subject, tmp_path, workers=1, connections=4, seconds=8)

    as_expected, *_, handles, threads = endured.checks
    assert as_expected.holds, as_expected
    assert handles.holds, handles
    assert threads.holds, threads
    assert len(endured.usages) >= 4
    assert " with 200, " in endured.words
