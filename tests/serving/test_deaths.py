"""The death of a worker of the real server is in its log, with the reason, and another worker takes its place."""

import os
import re
import signal
import time

import pytest
import requests

from testing.forked_servers import hardened_server
from testing.processes import workers_of

pytestmark = pytest.mark.slow

PATIENT = 120.0  # seconds
DEATHS = {
    signal.SIGKILL: "was ended by SIGKILL, which is also how Linux ends a process when memory is short",
    signal.SIGSEGV: "was ended by SIGSEGV",
    signal.SIGTERM: "was ended by SIGTERM",
    signal.SIGSTOP: r"did not answer for \d s and did not run: the supervisor killed it",
}


def test_each_death_has_one_line_with_its_reason_and_the_worker_is_replaced(champion, tmp_path):
    log = tmp_path / "server.log"
    victims = []
    with hardened_server(champion.uri, workers=2, log_file=log) as server:
        for number in DEATHS:
            victim = workers_of(server)[0]
            os.kill(victim, number)
            wait_for(lambda victim=victim: victim not in workers_of(server) and len(workers_of(server)) == 2)
            wait_for(lambda: requests.get(f"{server}/ready", timeout=30).status_code == 200)
            victims.append(victim)
        wait_for(lambda: len(deaths(log)) == len(DEATHS))

    for line, victim, reason in zip(deaths(log), victims, DEATHS.values(), strict=True):
        assert re.fullmatch(f"worker {victim} {reason}; a new one starts (now|after .*)", line), line


def deaths(log):
    return [line for line in log.read_text("utf-8").splitlines() if line.startswith("worker ")]


def wait_for(condition):
    deadline = time.monotonic() + PATIENT
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)
