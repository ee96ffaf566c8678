"""What is sent back: JSON of its length, Retry-After where a refusal says when, and not a thousand problems."""

import asyncio
import json

from custom_model.errors import BadRequest, Problem, Unavailable
from custom_model.server.answer import MOST_PROBLEMS, of_json, of_refusal


def test_an_answer_has_its_type_its_length_and_the_headers_of_all():
    messages = []

    async def send(message):
        messages.append(message)

    asyncio.run(of_json(200, {"a": "é"}).send(send, [(b"x-request-id", b"1")]))

    start, body = messages
    assert body["body"] == '{"a":"é"}'.encode()
    assert (b"content-length", b"10") in start["headers"]
    assert (b"x-request-id", b"1") in start["headers"]


def test_what_is_unavailable_says_when_to_come_again():
    answer = of_refusal(Unavailable("the server is busy", 7))

    assert answer.status == 503
    assert answer.headers == ((b"retry-after", b"7"),)


def test_of_very_many_problems_the_first_are_told_and_all_are_counted():
    problems = [Problem(row, "A", "unknown field") for row in range(MOST_PROBLEMS + 5)]

    told = json.loads(of_refusal(BadRequest(problems)).body)

    assert [problem["row"] for problem in told["problems"]] == list(range(MOST_PROBLEMS))
    assert told["message"].startswith("1005 problems in the request")
