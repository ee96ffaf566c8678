"""Starting a server: the wait ends with the process, a failure quotes its last output, and no server is orphaned."""

import json
import os
import signal
import subprocess
import sys

import pytest
import requests

from steps.run import kept, serving
from steps.run.console import UserError
from steps.run.kept import KEEPER
from steps.run.serving import running_server, starting_server
from steps.run.settings import PROJECT
from testing.processes import assert_ended

pytestmark = pytest.mark.slow  # starts servers

SLOW = """
import sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    pings = 0

    def do_GET(self):
        Handler.pings += 1
        if Handler.pings == 1:
            time.sleep(1)
        self.send_response(503 if Handler.pings == 2 else 200)
        self.end_headers()

    def log_message(self, *arguments):
        pass

HTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), Handler).serve_forever()
"""


def test_a_server_that_is_slow_to_answer_its_first_ping_is_waited_for(monkeypatch):
    monkeypatch.setattr(serving, "PING_TIMEOUT", 0.2)

    with running_server([sys.executable, "-c", SLOW]) as url:
        assert requests.get(f"{url}/ping", timeout=30).status_code == 200

    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/ping", timeout=30)


def test_a_server_that_ends_at_once_is_an_error_with_its_last_output():
    with (
        pytest.raises(UserError, match="the server did not start; its last output: no model there"),
        running_server([sys.executable, "-c", "import sys; sys.exit('no model there')"]),
    ):
        pass


FAILS_FIRST = f"""
import os, sys
from pathlib import Path
witness = Path(sys.argv[1])
witness.open("a").write(os.environ.get("OF_ITS_BEGINNING", "none") + os.environ.get("OF_LATER", "none") + chr(10))
if len(witness.read_text().splitlines()) == 1:
    sys.exit("the port is taken")
{SLOW}
"""


def test_a_server_that_starts_again_later_has_the_variables_of_its_beginning(tmp_path, monkeypatch):
    witness = tmp_path / "witness"
    monkeypatch.setenv("OF_ITS_BEGINNING", "yes ")

    with starting_server([sys.executable, "-c", FAILS_FIRST, str(witness)]) as server:
        monkeypatch.delenv("OF_ITS_BEGINNING")
        monkeypatch.setenv("OF_LATER", "yes")
        server.url()

    assert witness.read_text() == "yes none\nyes none\n"


# A server with a worker, as of uvicorn: a process that the starting one does not know.
WITH_WORKER = f"""
import os, subprocess, sys
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
print("worker", worker.pid, "server", os.getpid(), flush=True)
{SLOW}
"""
STARTER = """
import sys, time
from pathlib import Path
from steps.run.kept import KEEPER
from steps.run.serving import running_server
log, code = Path(sys.argv[1]), sys.argv[2]
with running_server([sys.executable, "-c", code], log):
    print("started", flush=True)
    time.sleep(300)
"""


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_server_and_workers_end_with_the_process_that_started_them_however_it_ends(ending, tmp_path):
    log = tmp_path / "log"
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(log), WITH_WORKER], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout is not None
    assert starter.stdout.readline() == "started\n"
    words = log.read_text().split()
    handles = [os.pidfd_open(int(words[words.index(name) + 1])) for name in ("worker", "server")]

    starter.send_signal(ending)

    assert starter.wait() == -ending
    assert_ended(handles)


def test_a_server_that_ignores_sigterm_is_killed(tmp_path, monkeypatch):
    stubborn = (
        f"import os, signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(os.getpid(), flush=True)\n{SLOW}"
    )
    script = kept.KEEPER.read_text()
    (tmp_path / "keeper.py").write_text(script.replace("GRACE = 10", "GRACE = 0.5"))
    monkeypatch.setattr(kept, "KEEPER", tmp_path / "keeper.py")

    with running_server([sys.executable, "-c", stubborn], tmp_path / "log"):
        handle = os.pidfd_open(int((tmp_path / "log").read_text().split()[0]))

    assert_ended([handle])


KILLED = """
import os, signal, subprocess, sys
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(worker.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_workers_of_a_server_that_was_killed_end_with_it():
    command = json.dumps([sys.executable, "-c", KILLED]).encode() + b"\n"
    with subprocess.Popen([sys.executable, str(KEEPER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as keeper:
        assert keeper.stdin is not None
        assert keeper.stdout is not None
        keeper.stdin.write(command)
        keeper.stdin.flush()
        number = keeper.stdout.readline()  # then the end of the output, which the worker has open too

        assert number.strip().isdigit()
        assert keeper.stdout.read() == b""
        assert keeper.wait() != 0
