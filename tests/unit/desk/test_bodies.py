"""Bodies of requests: how large, and how long under way."""

import asyncio

import pytest
from starlette.requests import Request

from desk.access import bodies
from desk.access.bodies import MAX_BODY, check_size, limited
from desk.problems import Problem


@pytest.mark.parametrize("length", [str(MAX_BODY + 1), "9" * 5_000, "-1", "1e3", "\u00b2"])
def test_a_length_over_the_limit_is_refused_before_any_byte_is_read(length):
    request = Request({"type": "http", "headers": [(b"content-length", length.encode("latin-1"))]})

    with pytest.raises(Problem) as problem:
        check_size(request)

    assert problem.value.status == 413


def test_a_body_within_the_limit_is_read():
    check_size(Request({"type": "http", "headers": [(b"content-length", str(MAX_BODY).encode())]}))

    parts = [{"body": b"a" * 1000, "more_body": True}, {"body": b"b", "more_body": False}]
    assert asyncio.run(read(parts)) == 1001


def test_a_body_that_grows_over_the_limit_is_refused_while_it_arrives():
    parts = [{"body": b"a" * 65_536, "more_body": True} for _ in range(17)]

    with pytest.raises(Problem) as problem:
        asyncio.run(read(parts))

    assert problem.value.status == 413


def test_a_body_that_stops_arriving_is_given_up(monkeypatch):
    monkeypatch.setattr(bodies, "SECONDS", 0.01)

    with pytest.raises(Problem) as problem:
        asyncio.run(read([{"body": b"a", "more_body": True}]))

    assert problem.value.status == 408


async def read(parts: list[dict]) -> int:
    """How many bytes arrive of these parts; after the last the sender is silent."""
    waiting = iter(parts)

    async def receive():
        part = next(waiting, None)
        if part is None:
            await asyncio.Event().wait()
        return {"type": "http.request", **part}

    within, received = limited(receive), 0
    while True:
        message = await within()
        received += len(message["body"])
        if not message["more_body"]:
            return received
