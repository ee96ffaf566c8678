"""Mixed requests, as a day brings them: few fields and all, reasons, several applications at once, mistakes."""

import json
from typing import NamedTuple

from benchmarks.serving.contenders import decision_body, decisions_body
from benchmarks.serving.subject import Row, Subject, few_fields

CLIENTS = 400
INVALID = (
    b'{"inputs": [{}',
    b'{"inputs": "everyone"}',
    b'{"inputs": [{"NOBODY_KNOWS": 1}]}',
    b'{"inputs": [], "params": {"threshold": 2}}',
)


class Request(NamedTuple):
    """A body, and the status of its right answer."""

    body: bytes
    status: int


def mixed_requests(subject: Subject) -> list[Request]:
    """Nearly two requests a client: one with default reasons, and others that depend on the client's index."""
    clients = subject.applications(CLIENTS)
    return [request for index in range(len(clients)) for request in _of_client(subject, clients, index)]


def _of_client(subject: Subject, clients: list[Row], index: int) -> list[Request]:
    row = clients[index]
    mixed = [Request(decision_body(row, "refused"), 200)]
    if index % 2 == 0:
        mixed.append(Request(decision_body(few_fields(row, subject.decider.contract), "none"), 200))
    if index % 4 == 0:
        mixed.append(Request(INVALID[index // 4 % len(INVALID)], 400))
    if index % 10 == 0:
        mixed.append(Request(decision_body(row, "all"), 200))
    if index % 20 == 0:
        mixed.append(Request(decisions_body(clients[index : index + 10], "none"), 200))
    if index % 25 == 0:
        mixed.append(Request(json.dumps({"inputs": [{**row, "NOBODY_KNOWS": index}]}).encode(), 400))
    return mixed
