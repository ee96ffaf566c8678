"""Actions in processes of their own: one at a time, none twice, none without its desk."""

import os
import signal
import subprocess
import sys

import pytest

from desk.models.processes import Actions, Order
from desk.problems import Problem
from steps.run.kept import end
from steps.run.settings import PROJECT
from testing.processes import assert_ended


def order(code: str, **environment: str) -> Order:
    return Order("promote", "3", "ana", [sys.executable, "-c", code], environment)


def ended(actions: Actions) -> int:
    assert actions.last is not None
    return actions.last.keeper.wait()


def test_an_action_has_its_status_and_its_last_lines():
    actions = Actions()

    actions.take(
        order("import os, sys; print('  at 1 %\\r  at 2 %'); print(os.environ['FOR']); sys.exit(1)", FOR="ana"), "1"
    )

    assert ended(actions) == 1
    assert actions.last.lines == ["  at 2 %", "ana"]


def test_of_a_long_output_the_last_whole_lines_are_shown():
    actions = Actions()

    actions.take(order("for n in range(9000): print('line', n)"), "1")

    ended(actions)
    assert actions.last.lines[-1] == "line 8999"
    assert actions.last.lines[0].startswith("line ")
    assert len(actions.last.lines) < 9000


def test_a_form_that_is_sent_twice_acts_once(tmp_path):
    actions, log = Actions(), tmp_path / "log"
    once = order(f"open({str(log)!r}, 'a').write('acted ')")

    for _ in range(2):
        actions.take(once, "the same form")
        ended(actions)

    assert log.read_text() == "acted "


def test_while_one_action_runs_another_is_refused_and_then_is_not():
    actions = Actions()
    actions.take(order("import signal; signal.pause()"), "1")

    with pytest.raises(Problem) as refused:
        actions.take(order("print()"), "2")
    end(actions.last.keeper)
    actions.take(order("print()"), "2")

    assert (refused.value.key, refused.value.status) == ("models.busy", 409)
    assert ended(actions) == 0


DESK = """
import signal, sys
from desk.models.processes import Actions, Order
actions = Actions()
code = "import os, signal; print(os.getpid(), flush=True); signal.pause()"
actions.take(Order("promote", "3", "ana", [sys.executable, "-c", code], {}), "1")
while not actions.last.lines:
    signal.sigtimedwait([], 0.02)
print(actions.last.lines[0], flush=True)
signal.pause()
"""


def test_an_action_ends_with_its_desk_even_where_that_is_killed():
    with subprocess.Popen([sys.executable, "-c", DESK], stdout=subprocess.PIPE, cwd=PROJECT, text=True) as desk:
        assert desk.stdout is not None
        child = os.pidfd_open(int(desk.stdout.readline()))
        desk.send_signal(signal.SIGKILL)

    assert_ended([child])
