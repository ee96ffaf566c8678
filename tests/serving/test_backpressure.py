"""Backpressure: a full server refuses new requests while accepted ones wait, and its memory stays bounded."""

import json
import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest
import requests

from testing.forked_servers import hardened_server, stock_server
from testing.processes import workers_of
from tests.applications import COMPLETE as GOOD

pytestmark = pytest.mark.slow

CLIENTS = 10
MIB = 1024 * 1024
ONE = json.dumps({"inputs": [GOOD]})


def post(server, body=ONE):
    headers = {"Content-Type": "application/json"}
    return requests.post(f"{server}/invocations", data=body, headers=headers, timeout=60)


@pytest.mark.parametrize(
    ("serve", "limit", "waiting"),
    [
        (stock_server, {"DECISION_LOG_QUEUE": "1"}, 2),  # one is being written, one waits
        (hardened_server, {"DECISION_LOG_QUEUE": "1"}, 2),
        (hardened_server, {"MAX_REQUESTS": "3"}, 3),
    ],
    ids=["stock, queue of the log", "hardened, queue of the log", "hardened, requests"],
)
def test_beyond_its_queue_a_server_refuses_while_accepted_requests_still_wait(
    serve, limit, waiting, champion, tmp_path
):
    log = tmp_path / "log.db"
    refused = CLIENTS - waiting
    environment = {"DECISION_LOG_URI": f"sqlite:///{log}", "DECISION_LOG_WAIT": "60", **limit}
    with serve(champion.uri, **environment) as server, ThreadPoolExecutor(CLIENTS) as clients:
        assert post(server).status_code == 200
        with closing(sqlite3.connect(log, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            requests_sent = [clients.submit(post, server) for _ in range(CLIENTS)]
            early = [each.result() for each in islice(as_completed(requests_sent), refused)]
            other.execute("ROLLBACK")
        statuses = sorted(each.result().status_code for each in requests_sent)
        afterwards = post(server)

    assert [answer.status_code for answer in early] == [503] * refused
    assert all(answer.json()["retry_after"] >= 1 for answer in early)
    assert statuses.count(200) in range(1, waiting + 1)
    assert set(statuses) == {200, 503}
    assert afterwards.status_code == 200  # it recovers by itself


def test_memory_is_bounded_for_any_number_of_large_bodies(champion):
    """A body of 5.6 MiB takes 89 MiB more once parsed: 11 at once would take 1 GiB."""
    body = json.dumps({"inputs": [{f"{n:x}": n + 1000 for n in range(400_000)}]}, separators=(",", ":"))
    with (
        hardened_server(
            champion.uri, MAX_BODY_BYTES=str(6 * MIB), MAX_HELD_BYTES=str(64 * MIB), BODY_SECONDS="600"
        ) as server,
        ThreadPoolExecutor(24) as clients,
    ):
        (worker,) = workers_of(server)
        assert post(server).status_code == 200
        before = peak_memory(worker)
        statuses = {answer.status_code for answer in clients.map(lambda _: post(server, body), range(24))}
        growth = peak_memory(worker) - before

    assert statuses <= {400, 503}
    assert 400 in statuses
    assert growth < 512 * MIB


def peak_memory(process: int) -> int:
    """The process's peak memory in bytes."""
    status = Path(f"/proc/{process}/status").read_text()
    return 1024 * int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])
