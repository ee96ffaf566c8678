"""The parts of an answer that a client reads: its status and its length."""

import pytest

from benchmarks.load.connection import PARQUET, Answer, length_of_answer, request_of
from steps.run.console import UserError

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
BUSY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\ncontent-length: 9\r\n\r\nX-Later: "


def test_length_of_an_answer_is_that_of_head_and_body():
    assert length_of_answer(ANSWER) == len(ANSWER)


def test_length_is_unknown_until_the_head_is_complete():
    head = ANSWER.index(b"\r\n\r\n")
    assert length_of_answer(ANSWER[:head]) is None
    assert length_of_answer(ANSWER[: head + 4]) == len(ANSWER)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "expected an answer in HTTP/1, got ssh-2.0"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0", "without"),
    ],
)
def test_an_answer_whose_end_is_unknown_is_an_error(answer, problem):
    with pytest.raises(UserError, match=problem):
        length_of_answer(answer)


def test_the_head_of_an_answer_is_without_its_body():
    head = Answer(503, BUSY, 0.01).head
    assert b"\r\nretry-after: 1" in head
    assert b"x-later" not in head


def test_a_request_has_the_length_of_its_body():
    head, _, body = request_of("http://127.0.0.1:5001", b'{"inputs": []}').partition(b"\r\n\r\n")
    assert head.startswith(b"POST /invocations HTTP/1.1\r\nHost: 127.0.0.1:5001\r\n")
    assert head.endswith(b"Content-Length: 14")
    assert body == b'{"inputs": []}'


def test_a_request_may_have_a_query():
    request = request_of("http://127.0.0.1:5001", b"PAR1", PARQUET, "reasons=none")
    assert request.startswith(b"POST /invocations?reasons=none HTTP/1.1\r\n")
    assert b"Content-Type: application/vnd.apache.parquet\r\n" in request
