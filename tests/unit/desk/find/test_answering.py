"""What people put on record: the texts of a form, and nothing else of it."""

import asyncio

from starlette.requests import Request

from desk.access.people import Person, Role
from desk.find.answering import _form

BODY = (
    b'--b\r\nContent-Disposition: form-data; name="statement"; filename="view.txt"\r\n\r\nMy view.\r\n'
    b'--b\r\nContent-Disposition: form-data; name="reason"\r\n\r\n as stated\r\non paper \r\n--b--\r\n'
)


def test_a_file_in_place_of_a_text_is_no_text():
    async def receive():
        return {"type": "http.request", "body": BODY, "more_body": False}

    headers = [(b"content-type", b"multipart/form-data; boundary=b")]
    scope = {"type": "http", "headers": headers, "state": {"person": Person("ana", Role.clerk)}}
    _, typed = asyncio.run(_form(Request(scope, receive), "statement", "reason"))

    assert typed == {"statement": "", "reason": "as stated\non paper"}
