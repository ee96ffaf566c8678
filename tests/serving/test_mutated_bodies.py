"""Ten thousand broken bodies to each server: no 5xx except MLflow's own, always JSON, and the server stays up."""

import asyncio
import json
import random
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
import requests

from tests.applications import FORM
from tests.serving.corpus import keep, kept

pytestmark = pytest.mark.slow

BODIES = 10_000
CONNECTIONS = 4
GOOD = {"SK_ID_CURR": 100002, "AMT_CREDIT": 406597.5, "AMT_INCOME_TOTAL": 202500.0, "DAYS_BIRTH": -9461,
        "CODE_GENDER": "F", "EXT_SOURCE_2": None}  # fmt: skip
SEEDS = [
    {"inputs": [GOOD], "params": {"threshold": 0.1, "reasons": "none"}},
    {"inputs": [GOOD, {**GOOD, "SK_ID_CURR": None}], "params": {"simulate": True}},
    {"inputs": [FORM], "params": {"history": "none"}},
    {"dataframe_records": [GOOD], "params": {"simulate": True}},
    {"dataframe_split": {"columns": list(GOOD), "index": [0], "data": [list(GOOD.values())]}},
    {"inputs": []},
]
PIECES = [
    *(b"null", b"true", b"NaN", b"-Infinity", b"1e999", b"-0", b"0.1e-999", b"18446744073709551616", b"9" * 400),
    *(b'"\\ud800"', b'"\\u0000"', b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", "é".encode(), b'"', b"\\", b"[", b"]"),
    *(b"{", b"}", b",", b":", b"[[]]", b"{}", b'"inputs"', b'"params"', b'"messages"', b"[" * 200),
]  # fmt: skip
DEEP = [b"[" * 3000, b'{"a":' * 1200, b"9" * 5000]  # rarely: MLflow logs a long trace for each


def mutated(chance: random.Random) -> bytes:
    """A good body with one to four bytes or pieces changed, removed, doubled or inserted."""
    body = json.dumps(chance.choice(SEEDS)).encode()
    for _ in range(chance.randint(1, 4)):
        place, length = chance.randrange(len(body) + 1), chance.randint(0, 12)
        before, cut, after = body[:place], body[place : place + length], body[place + length :]
        piece = chance.choice(PIECES if chance.random() < 0.995 else DEEP)
        body = chance.choice(
            [
                before + piece + after,
                before + piece + cut + after,
                before + bytes([chance.randrange(256)]) + cut[1:] + after,
                before + after,
                before + cut + cut + after,
                before,
            ]
        )
    return body


def is_mlflows_own_fault(body: bytes) -> bool:
    """Whether MLflow answers 500: "nested 3,000 deep" and "an integer of 5,000 digits" of the conformance table."""
    try:
        json.loads(body)
    except (json.JSONDecodeError, UnicodeDecodeError):
        return False
    except (RecursionError, ValueError):
        return True
    return False


@pytest.mark.parametrize("which", ["stock", "hardened"])
def test_no_broken_body_breaks_a_server(which, request):
    server = request.getfixturevalue(which)
    chance = random.Random(20180829)
    bodies = [*kept("json"), *(mutated(chance) for _ in range(BODIES))]

    answers = asyncio.run(post_all(server, bodies))

    assert {200, 400} <= {status for status, _ in answers}  # some mutations leave the request valid
    for body, (status, text) in zip(bodies, answers, strict=True):
        if which == "stock" and is_mlflows_own_fault(body):
            continue
        assert status in (200, 400), keep("json", body)
        content = json.loads(text, parse_constant=lambda constant: pytest.fail(f"{constant} is not JSON"))
        assert ("predictions" in content) == (status == 200)
    assert requests.get(f"{server}/ping", timeout=10).status_code == 200


async def post_all(server: str, bodies: list[bytes], media: str = "application/json") -> list[tuple[int, bytes]]:
    """Status and body of each answer, over a few persistent connections."""
    answers: list[tuple[int, bytes]] = [(0, b"")] * len(bodies)
    places = iter(range(len(bodies)))
    address = urlsplit(server)

    async def client() -> None:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        for place in places:
            body = bodies[place]
            head = f"POST /invocations HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: {media}\r\n"
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            with suppress(asyncio.IncompleteReadError, ConnectionError):  # a worker that died leaves status 0
                answer_head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(answer_head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
                answers[place] = int(answer_head.split(b" ", 2)[1]), await reader.readexactly(length)
            if not 0 < answers[place][0] < 500:  # uvicorn closes the connection after an exception, without saying so
                writer.close()
                reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.close()

    await asyncio.gather(*(client() for _ in range(CONNECTIONS)))
    return answers
