"""What a worker has before it begins: the packages, and nothing of any version or of its supervisor."""

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from uvicorn import Config
from uvicorn.supervisors.multiprocess import Process

from custom_model.server.following.forked import forked
from steps.run.settings import PROJECT

pytestmark = pytest.mark.slow

PATIENT = 60.0  # seconds
IMPORTS = """
import sys
from {module} import PACKAGES
for name in [each for each in sys.modules if each.startswith("custom_model")]:
    del sys.modules[name]
for package in PACKAGES:
    __import__(package)
had = set(sys.modules)
print(*sorted(name for name in had if name.startswith(("custom_model", "prometheus_client"))))
import custom_model.server.app
new, old = ({{name.partition(".")[0] for name in names}} for names in (set(sys.modules) - had, had))
print(*sorted(new - old - sys.stdlib_module_names))
"""


def test_a_worker_imports_its_versions_code_and_finds_every_package_imported():
    script = IMPORTS.format(module="custom_model.server.following.forked")

    lines = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout.splitlines()

    # None of the supervisor's code, on which another version would run, and no metrics, which read their folder's name.
    assert lines == ["", "custom_model"]


def report(sockets=None) -> None:
    """Ends with a status that says what the process has of its starter's environment."""
    os._exit(10 * ("OWN" in os.environ) + ("OTHER" in os.environ))


def wait(sockets=None) -> None:
    signal.pause()


@pytest.fixture
def start(monkeypatch):
    """A function that starts a forked process of a target with variables of its own, and nothing else to serve."""
    started = []

    def begin(target, **variables):
        process = Process(Config("no:app", log_config=None), [])
        monkeypatch.setattr(process, "target", target)
        started.append(forked(process, [], {**os.environ, **variables}))
        started[-1].start()
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.join()


def test_it_has_the_variables_that_it_is_given_and_no_others(start, monkeypatch):
    monkeypatch.setenv("OTHER", "of the supervisor")
    start(wait)  # whoever starts first starts the process to fork from, with the variables of then
    monkeypatch.delenv("OTHER")

    process = start(report, OWN="of the worker")
    process.join(PATIENT)

    assert process.exitcode == 10


def tell_and_wait(sockets=None) -> None:
    """Says by a file that it has begun, and with that is bound to the process that it was forked from."""
    Path(os.environ["BEGUN"]).touch()
    signal.pause()


def test_it_ends_with_the_process_that_it_was_forked_from(start, tmp_path):
    begun = tmp_path / "begun"
    process = start(tell_and_wait, BEGUN=str(begun))
    deadline = time.monotonic() + PATIENT
    while not begun.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    handle = os.pidfd_open(process.pid)
    with open(f"/proc/{process.pid}/stat") as stat:
        origin = int(stat.read().rpartition(")")[2].split()[1])

    os.kill(origin, signal.SIGKILL)
    process.join(PATIENT)

    assert process.exitcode is not None
    assert select.select([handle], [], [], PATIENT)[0]
    again = start(report)
    again.join(PATIENT)
    assert again.exitcode == 0
