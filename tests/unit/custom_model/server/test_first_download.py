"""The first download's process: why it ended is one sentence, and it ends with its server, however that ends."""

import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from custom_model.server import first_download

PATIENT = 60  # seconds
SERVER = """
import multiprocessing, signal, sys
from pathlib import Path
from types import SimpleNamespace

from custom_model.server import first_download

def download_artifacts(uri, dst_path):
    print("begun", flush=True)
    while True:
        signal.pause()

signal.signal(signal.SIGINT, signal.default_int_handler)  # which whoever began the tests may have had ignored
first_download.Child = multiprocessing.get_context("fork").Process  # what it imports takes seconds in another
sys.modules["mlflow"] = SimpleNamespace(artifacts=SimpleNamespace(download_artifacts=download_artifacts))
try:
    first_download.download("models:/m/1", Path(sys.argv[1]))
except KeyboardInterrupt:
    sys.exit(130)
"""


def test_a_download_whose_process_breaks_off_is_one_sentence(tmp_path, monkeypatch):
    broken = SimpleNamespace(artifacts=SimpleNamespace(download_artifacts=lambda uri, dst_path: os._exit(3)))
    monkeypatch.setitem(sys.modules, "mlflow", broken)
    monkeypatch.setattr(first_download, "Child", multiprocessing.get_context("fork").Process)

    with pytest.raises(ValueError, match=r"^the download of the model ended with status 3$"):
        first_download.download("models:/m/1", tmp_path / "model")


@pytest.mark.parametrize(
    ("end", "number", "status"),
    [
        (os.killpg, signal.SIGINT, 130),  # Ctrl-C
        (os.kill, signal.SIGINT, 130),
        (os.kill, signal.SIGTERM, -signal.SIGTERM),
        (os.kill, signal.SIGKILL, -signal.SIGKILL),
    ],
    ids=["Ctrl-C", "SIGINT", "SIGTERM", "SIGKILL"],
)
def test_a_download_ends_with_its_server_without_a_word(tmp_path: Path, end, number, status):
    command = [sys.executable, "-c", SERVER, str(tmp_path / "model")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as server:
        assert server.stdout is not None
        first = server.stdout.readline()
        end(server.pid, number)
        rest, _ = server.communicate(timeout=PATIENT)  # until the last process that may write has ended

    assert (first, rest, server.returncode) == ("begun\n", "", status)
