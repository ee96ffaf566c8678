"""A forked process whose end several threads read, while others start."""

import os
import pickletools
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from multiprocessing import forkserver
from multiprocessing.context import reduction, set_spawning_popen

import pytest

from custom_model.server.following.child import Child

PATIENT = 60.0  # seconds
STATUS = 7


def end(status: int) -> None:
    os._exit(status)


def wait() -> None:
    signal.pause()


@pytest.fixture
def waiting():
    """A process that waits for a signal."""
    child = Child(target=wait)
    child.start()
    yield child
    child.kill()
    child.join()


@pytest.fixture
def light(monkeypatch):
    """A fork server that has imported nothing: of a process with many packages a fork takes a tenth of a second."""
    server = forkserver.ForkServer()
    monkeypatch.setattr(forkserver, "connect_to_new_process", server.connect_to_new_process)
    yield
    server._stop()


@pytest.mark.slow
@pytest.mark.usefixtures("light")
def test_threads_that_start_ask_and_join_all_find_the_same_end():
    def start(_: object) -> tuple[Child, int | None]:
        child = Child(target=os._exit, args=(STATUS,))
        child.start()
        child.join(PATIENT)
        return child, child.exitcode

    def ask(child: Child) -> int | None:
        while child.is_alive():
            pass
        return child.exitcode

    with ThreadPoolExecutor(8) as threads:
        joined = list(threads.map(start, range(160)))
        children = [Child(target=os._exit, args=(STATUS,)) for _ in range(20)]
        for child in children:
            child.start()
        asked = list(threads.map(ask, [child for child in children for _ in range(4)]))

    assert {status for _, status in joined} | {child.exitcode for child, _ in joined} == {STATUS}
    assert set(asked) == {STATUS}


@pytest.mark.slow
def test_a_process_that_one_thread_joins_is_asked_and_ended_by_another(waiting):
    with ThreadPoolExecutor(1) as threads:
        joined = threads.submit(waiting.join)
        time.sleep(0.1)  # it joins by now, and if it does not, this proves less and fails no more
        assert waiting.is_alive()
        waiting.terminate()
        joined.result(PATIENT)

    assert waiting.exitcode == -signal.SIGTERM


def test_a_child_of_older_code_needs_nothing_of_this_module():
    sent = BytesIO()
    set_spawning_popen(object())
    try:
        reduction.dump(Child(target=os.getpid), sent)
    finally:
        set_spawning_popen(None)

    names = {each for _, each, _ in pickletools.genops(sent.getvalue()) if isinstance(each, str)}
    assert {"multiprocessing.context", "ForkServerProcess", "getpid"} <= names
    assert not [name for name in names if "custom_model" in name or name in ("Child", "_Popen")]


@pytest.mark.slow
def test_a_process_starts_while_the_end_of_a_killed_fork_server_is_not_known_yet(monkeypatch):
    connect, refusals = forkserver._forkserver.connect_to_new_process, [ConnectionRefusedError(), EOFError()]

    def refused_at_first(fds):
        if refusals:
            raise refusals.pop()
        return connect(fds)

    monkeypatch.setattr(forkserver._forkserver, "connect_to_new_process", refused_at_first)
    monkeypatch.setattr(forkserver, "connect_to_new_process", refused_at_first)
    child = Child(target=end, args=(STATUS,))

    child.start()
    child.join(PATIENT)

    assert child.exitcode == STATUS
    assert not refusals
