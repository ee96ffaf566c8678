"""The files that a worker leaves, beside those of the supervisor."""

import socket

import pytest
from uvicorn import Config

from custom_model.metrics.counters import PLACE
from custom_model.server.following.release import Release
from custom_model.server.following.workers import Workers
from custom_model.server.vitals import Patience

SUPERVISOR = 1  # its process id in a container


class Process:
    pid, exitcode = 4_711, None

    def __init__(self):
        self.parent_conn = socket.socket()

    def kill(self):
        self.parent_conn.close()

    def join(self):
        pass


class Recorded(Release):
    """A release whose workers do not run; `places` has what each was told of its place."""

    def start(self, config, sockets, **variables):
        self.places = [*getattr(self, "places", []), variables[PLACE]]
        return Process()


@pytest.fixture
def workers(tmp_path) -> Workers:
    return Workers(Config("app"), [], Patience(), tmp_path)


def test_a_worker_that_ends_takes_its_own_gauges_and_never_the_supervisors_whatever_that_ones_process_id(
    workers, tmp_path
):
    release = Recorded()
    started = [workers.start(release) for _ in range(SUPERVISOR + 1)]
    of_supervisor = tmp_path / f"gauge_mostrecent_{SUPERVISOR}.db"
    of_workers = [tmp_path / f"gauge_livemax_{place}.db" for place in release.places]
    counters = tmp_path / f"counter_{release.places[0]}.db"
    for file in (of_supervisor, counters, *of_workers):
        file.touch()

    for worker in started:
        workers.kill(worker)

    assert sorted(tmp_path.iterdir()) == sorted([counters, of_supervisor])
    assert not any(place.isdecimal() for place in release.places)  # a process id
