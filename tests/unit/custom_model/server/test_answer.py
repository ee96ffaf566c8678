"""Answers: JSON with its length, Retry-After for a 503, a limited list of problems."""

import asyncio
import json

from custom_model.errors import BadRequest, Problem, Unavailable
from custom_model.server.answer import MAX_PROBLEMS, error_answer, json_answer


def test_an_answer_has_its_media_type_its_length_and_the_common_headers():
    messages = []

    async def send(message):
        messages.append(message)

    asyncio.run(json_answer(200, {"a": "é"}).send(send, [(b"x-request-id", b"1")]))

    start, body = messages
    assert body["body"] == '{"a":"é"}'.encode()
    assert (b"content-length", b"10") in start["headers"]
    assert (b"x-request-id", b"1") in start["headers"]


def test_a_503_says_when_to_retry():
    answer = error_answer(Unavailable("the server is busy", 7))

    assert answer.status == 503
    assert answer.headers == ((b"retry-after", b"7"),)


def test_only_the_first_of_many_problems_are_listed_but_all_are_counted():
    problems = [Problem(row, "A", "unknown field") for row in range(MAX_PROBLEMS + 5)]

    body = json.loads(error_answer(BadRequest(problems)).body)

    assert [problem["row"] for problem in body["problems"]] == list(range(MAX_PROBLEMS))
    assert body["message"].startswith("1005 problems in the request")
