"""The order of a rollout, with workers that start, serve and end as they are told."""

import pytest
from uvicorn.config import STARTUP_FAILURE

from custom_model.server.following import rollout as module
from custom_model.server.following.release import Release
from custom_model.server.following.rollout import Outcome, Rollout

RETIRED_SECONDS = 40.0


class Process:
    def __init__(self, pid):
        self.pid, self.exitcode = pid, None


class Vitals:
    has_served = False


class Worker:
    def __init__(self, pid, release):
        self.process, self.release, self.vitals, self.started_at = Process(pid), release, Vitals(), 0.0

    def death(self):
        return None if self.process.exitcode is None else f"ended with {self.process.exitcode}"


class Workers:
    """In place of real ones: `ended` has those that were retired or killed, in this order."""

    def __init__(self):
        self.all, self.retired, self.killed = {}, [], []
        self.error = None

    def __iter__(self):
        return iter(list(self.all.values()))

    def __getitem__(self, process):
        return self.all[process]

    def start(self, release, failed_starts=0):
        if self.error is not None:
            raise self.error
        worker = Worker(len(self.all) + len(self.killed) + 1, release)
        self.all[worker.process] = worker
        return worker

    def retire(self, worker):
        self.retired.append(worker.process.pid)

    def kill(self, worker):
        self.killed.append(worker.process.pid)
        if worker.process.exitcode is None:
            worker.process.exitcode = -9

    def forget(self, worker):
        del self.all[worker.process]


class Clock:
    now = 0.0


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(module, "monotonic", lambda: clock.now)
    return clock


@pytest.fixture
def workers():
    return Workers()


@pytest.fixture
def rollout(workers, clock):
    """Two places with workers of the release `old`."""
    old = Release("old")
    started = [workers.start(old).process for _ in range(2)]
    return Rollout(started, workers, old, RETIRED_SECONDS)


def newest(workers):
    return [*workers][-1]


def labels(rollout, workers):
    return [workers[process].release.label for process in rollout._places]


def test_a_worker_is_retired_only_once_its_successor_serves_and_one_after_the_other(rollout, workers):
    new = Release("new")
    rollout.go_to(new)
    seen = []
    for _ in range(2):
        rollout.step()
        rollout.step()
        seen.append((labels(rollout, workers), [*workers.retired]))
        newest(workers).vitals.has_served = True
        rollout.step()
        seen.append((labels(rollout, workers), [*workers.retired]))

    assert seen == [
        (["old", "old"], []),
        (["new", "old"], [1]),
        (["new", "old"], [1]),
        (["new", "new"], [1, 2]),
    ]
    assert rollout.step() == Outcome(new)
    assert rollout.step() is None


def test_the_folder_of_a_release_goes_with_its_last_worker(rollout, workers, tmp_path):
    folders = [tmp_path / name for name in ("old", "new")]
    for folder in folders:
        folder.mkdir()
    rollout.base.folder = folders[0]
    rollout.go_to(Release("new", folder=folders[1]))
    old = [*workers]
    for _ in range(4):
        rollout.step()
        newest(workers).vitals.has_served = True
    assert rollout.step().problem is None

    old[0].process.exitcode = 0
    rollout.step()
    assert folders[0].exists()
    old[1].process.exitcode = 0
    rollout.step()
    rollout.step()
    assert [each.exists() for each in folders] == [False, True]


def test_a_retired_worker_that_does_not_end_is_killed(rollout, workers, clock):
    rollout.go_to(Release("new"))
    rollout.step()
    newest(workers).vitals.has_served = True
    rollout.step()
    clock.now = RETIRED_SECONDS - 1
    rollout.step()
    assert workers.killed == []
    clock.now = RETIRED_SECONDS
    rollout.step()
    assert workers.killed == [1]


def test_a_worker_that_cannot_load_its_model_refuses_the_release_at_once(rollout, workers):
    new = Release("new")
    rollout.go_to(new)
    rollout.step()
    newest(workers).process.exitcode = STARTUP_FAILURE

    assert rollout.step() == Outcome(new, f"its worker 3 ended with {STARTUP_FAILURE}")
    assert rollout.target is rollout.base
    assert (labels(rollout, workers), workers.retired) == (["old", "old"], [])


def test_a_worker_that_loads_for_ever_is_killed(rollout, workers, clock):
    rollout.go_to(Release("new"))
    rollout.step()
    clock.now = module.START_SECONDS + 1
    rollout.step()

    assert workers.killed == [3]


def test_a_worker_that_cannot_be_started_is_tried_three_times(rollout, workers, clock):
    workers.error = OSError(11, "Resource temporarily unavailable")
    rollout.go_to(Release("new"))
    outcomes = []
    for clock.now in (0.0, 0.5, 1.0, 2.0, 3.0):
        outcomes.append(rollout.step())

    assert outcomes[:4] == [None] * 4
    assert outcomes[4].problem == "its worker cannot be started (Resource temporarily unavailable)"


def test_a_restart_whose_workers_die_is_given_up_and_the_workers_go_on(rollout, workers, clock):
    rollout.restart()
    rollout.step()
    newest(workers).process.exitcode = STARTUP_FAILURE
    rollout.step()
    clock.now = 100.0
    rollout.step()

    assert (len([*workers]), workers.retired) == (2, [])


def test_what_a_dead_workers_successor_serves(rollout):
    new, given_up = Release("new"), Release("given up")
    rollout.go_to(new)

    assert rollout.release_for(Worker(1, rollout.base)) is rollout.base
    assert rollout.release_for(Worker(1, new)) is new
    assert rollout.release_for(Worker(1, given_up)) is new
