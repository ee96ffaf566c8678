"""Bytes on a bare connection, and the answers to them."""

import json
import random
import socket
import time
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

PATIENT = 30.0  # seconds, far beyond every answer


class HttpAnswer(NamedTuple):
    """An answer as it came: status, headers in small letters, body."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self):
        return json.loads(self.body)


def connect(server: str, patience: float = PATIENT) -> socket.socket:
    """A connection to the server of this URL, which sends each piece at once."""
    address = urlsplit(server)
    connection = socket.create_connection((address.hostname, address.port), timeout=patience)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def talk(
    server: str, *pieces: bytes, answers: int = 1, pause: float = 0.0, patience: float = PATIENT
) -> list[HttpAnswer]:
    """The answers to these bytes, sent one piece after the other: this many, or fewer where the server closes.

    Raises `TimeoutError` after `patience` seconds of silence.
    """
    received = b""
    with connect(server, patience) as connection:
        with suppress(ConnectionError):  # refused before the last piece: the answer is there
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(pause)
        with suppress(ConnectionError):
            while len(answers_of(received)) < answers and (chunk := connection.recv(1 << 16)):
                received += chunk
    return answers_of(received)


def answers_of(received: bytes) -> list[HttpAnswer]:
    """The complete answers in these bytes, each with a Content-Length; "100 Continue" is left out."""
    answers = []
    while b"\r\n\r\n" in received:
        head, _, rest = received.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        number = int(status.split(" ", 2)[1])
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        length = int(headers.get("content-length", 0))
        received = rest[length:]
        if number != 100 and len(rest) >= length:
            answers.append(HttpAnswer(number, headers, rest[:length]))
    return answers


def split(data: bytes, chance: random.Random, most: int = 6) -> list[bytes]:
    """The bytes in up to `most` pieces."""
    places = sorted(chance.randrange(len(data) + 1) for _ in range(chance.randrange(most)))
    return [data[start:end] for start, end in zip([0, *places], [*places, len(data)], strict=True)]
