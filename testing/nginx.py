"""nginx with a configuration of the documents, for tests: on a free port, with a certificate for localhost."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from steps.run.ports import ReservedPort

START_TIMEOUT = 30.0  # seconds


class NoNginx(Exception):
    """nginx or openssl is not installed."""


def nginx_command(folder: Path) -> list[str]:
    """The command of the nginx of this folder; raises `NoNginx`."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None or shutil.which("openssl") is None:
        raise NoNginx("nginx or openssl is not installed (Debian's packages nginx and openssl)")
    return [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]


@contextmanager
def running_nginx(configuration: Path, replaced: Mapping[str, str], folder: Path) -> Iterator[tuple[str, str]]:
    """The base URL of nginx with this configuration, and the certificate to trust, until the block ends.

    Each text of `replaced` must be in the file, and gives way to its value; the port is a free one. Other files that
    the configuration includes are in the folder already.
    """
    command = nginx_command(folder)
    folder.chmod(0o755)
    (folder / "temp").mkdir()
    certificate = _certified(folder)
    port = ReservedPort()
    text = configuration.read_text("utf-8")
    for original, replacement in {"listen 8443": f"listen 127.0.0.1:{port.number}", **replaced}.items():
        assert original in text, original
        text = text.replace(original, replacement)
    (folder / "nginx.conf").write_text(text, "utf-8")
    # Started by root, its workers would be another user, who cannot read a folder of the tests.
    options = "daemon off; user root root;" if os.geteuid() == 0 else "daemon off;"
    with subprocess.Popen([*command, "-g", options], stderr=subprocess.PIPE) as running:
        try:
            _wait_for(port.number, running)
            yield f"https://localhost:{port.number}", str(certificate)
        finally:
            running.terminate()


def _certified(folder: Path) -> Path:
    key, certificate = folder / "server.key", folder / "server.crt"
    openssl = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*openssl, *names], check=True, capture_output=True)
    return certificate


def _wait_for(port: int, running: subprocess.Popen) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        if running.poll() is not None and running.stderr is not None:
            raise AssertionError(running.stderr.read().decode())
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except ConnectionRefusedError:
            os.sched_yield()
    raise AssertionError("nginx does not listen")
