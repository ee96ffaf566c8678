"""Lines of one kind: the first at once, the others counted."""

import logging
import threading
import time

import pytest

from custom_model.sparing_log import SparingLog

pytestmark = pytest.mark.slow  # waits for periods to end

SECONDS = 0.3


@pytest.fixture
def sparing(caplog) -> SparingLog:
    caplog.set_level(logging.INFO)
    return SparingLog(logging.getLogger("tests"), logging.WARNING, SECONDS)


def wait_for(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_first_line_of_each_kind_is_logged_and_the_others_are_counted_once_the_time_is_over(sparing, caplog):
    for number in range(500):
        sparing.write("kind", f"line {number}")
    sparing.write("other", "another line")

    assert caplog.messages == ["line 0", "another line"]
    wait_for(lambda: len(caplog.messages) == 3)
    assert caplog.messages[2] == "kind: 499 more in the last 0.3 s"


def test_a_flood_makes_one_line_in_each_period_and_its_end_is_counted(sparing, caplog):
    end = time.monotonic() + 5 * SECONDS
    written = 0
    while time.monotonic() < end:
        sparing.write("kind", "line")
        written += 1

    wait_for(lambda: sum(int(message.split()[1]) for message in caplog.messages[1:]) == written - 1)
    assert len(caplog.messages) <= 7


def test_after_a_quiet_period_a_line_is_logged_in_full_again(sparing, caplog):
    sparing.write("kind", "line 1")
    wait_for(lambda: not sparing._kinds)

    sparing.write("kind", "line 2")

    assert caplog.messages == ["line 1", "line 2"]


def test_a_line_left_out_has_the_reference_of_the_one_in_the_log(sparing):
    assert [sparing.write("kind", "line", reference) for reference in ("a", "b")] == ["a", "a"]
    assert sparing.write("other", "line", "c") == "c"


def test_threads_that_write_at_once_make_one_line(sparing, caplog):
    start = threading.Barrier(8)

    def write():
        start.wait(60)
        sparing.write("kind", "line")

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert caplog.messages == ["line"]


def test_a_percent_sign_in_a_line_is_no_format(sparing, caplog):
    sparing.write("kind", "100 %s")

    assert caplog.messages == ["100 %s"]


def test_lines_are_counted_where_no_thread_can_start_until_one_can(sparing, caplog, monkeypatch):
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    def messages() -> list[str]:  # the last timers of other tests write, too
        return [each for each in caplog.messages if each.startswith("starved")]

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        references = [sparing.write("starved", f"starved {number}", f"incident {number}") for number in range(3)]

    assert (references, messages()) == (["incident 0"] * 3, ["starved 0"])
    sparing.write("starved", "starved 3")
    wait_for(lambda: len(messages()) == 2)
    assert messages()[1] == "starved: 3 more in the last 0.3 s"
