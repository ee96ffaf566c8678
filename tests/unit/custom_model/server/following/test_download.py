"""The process of a followed version's download: it ends with its server, however that ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from testing.processes import assert_ended

SERVER = """
import multiprocessing, os, signal, sys
from pathlib import Path
from threading import Event
from types import SimpleNamespace

from custom_model.server.following import download

begun = sys.argv[1] + "/begun"

def download_artifacts(uri, dst_path):
    with open(begun, "w") as file:
        file.write(str(os.getpid()))
    while True:
        signal.pause()

download.Child = multiprocessing.get_context("fork").Process  # what it imports takes seconds in another
sys.modules["mlflow"] = SimpleNamespace(artifacts=SimpleNamespace(download_artifacts=download_artifacts))
download.download(SimpleNamespace(model="m"), SimpleNamespace(version="1"), Path(sys.argv[1], "model"), Event())
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_download_ends_with_its_server(tmp_path: Path, number):
    begun = tmp_path / "begun"
    os.mkfifo(begun)
    with subprocess.Popen([sys.executable, "-c", SERVER, str(tmp_path)]) as server:
        handle = os.pidfd_open(int(begun.read_text()))
        server.send_signal(number)

    assert server.returncode == -number
    assert_ended([handle])
