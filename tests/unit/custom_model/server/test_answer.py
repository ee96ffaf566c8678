"""Answers: JSON with its length, Retry-After for a 503."""

import asyncio

from custom_model.errors import Unavailable
from custom_model.server.answer import error_answer, json_answer


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
