"""What a day brings a server: many clients, few fields and all of them, reasons, several at once, and mistakes."""

import json
from typing import NamedTuple

from benchmarks.serving.contenders import decision_body, decisions_body
from benchmarks.serving.subject import Row, Subject, few_fields

CLIENTS = 400
BAD = (
    b'{"inputs": [{}',
    b'{"inputs": "everyone"}',
    b'{"inputs": [{"NOBODY_KNOWS": 1}]}',
    b'{"inputs": [], "params": {"threshold": 2}}',
)


class Request(NamedTuple):
    """A body, and the status that it is to be answered with."""

    body: bytes
    status: int


def mixed_requests(subject: Subject) -> list[Request]:
    """Nearly two a client: its application as by default, and by its place in the list others beside it."""
    clients = subject.applications(CLIENTS)
    return [request for place in range(len(clients)) for request in _of_client(subject, clients, place)]


def _of_client(subject: Subject, clients: list[Row], place: int) -> list[Request]:
    row = clients[place]
    asked = [Request(decision_body(row, "refused"), 200)]
    if place % 2 == 0:
        asked.append(Request(decision_body(few_fields(row, subject.decider.contract.required), "none"), 200))
    if place % 4 == 0:
        asked.append(Request(BAD[place // 4 % len(BAD)], 400))
    if place % 10 == 0:
        asked.append(Request(decision_body(row, "all"), 200))
    if place % 20 == 0:
        asked.append(Request(decisions_body(clients[place : place + 10], "none"), 200))
    if place % 25 == 0:
        asked.append(Request(json.dumps({"inputs": [{**row, "NOBODY_KNOWS": place}]}).encode(), 400))
    return asked
