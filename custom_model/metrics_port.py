"""The metrics on a port of their own, for a server that has no route for them."""

import os
import shutil
import tempfile
import threading
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from custom_model.metrics import CONTENT_TYPE, FOLDER, Metrics


class _SharedPort(ThreadingMixIn, WSGIServer):
    """Each worker listens on the same port, and the kernel asks one that lives: all tell the same."""

    allow_reuse_port = True
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""


def serve_metrics(model: str, host: str, port: int) -> Metrics:
    """The metrics of this worker, served with those of its siblings; raises `ValueError` for a port that is taken."""
    if FOLDER not in os.environ:
        os.environ[FOLDER] = str(_shared_folder())
    metrics = Metrics(model)

    def answer(_: dict, start_response) -> list[bytes]:
        start_response("200 OK", [("Content-Type", CONTENT_TYPE)])
        return [metrics.exposition()]

    try:
        server = make_server(host, port, answer, server_class=_SharedPort, handler_class=_Silent)
    except OSError as error:
        raise ValueError(f"METRICS_PORT: cannot listen on {host}:{port}: {error.strerror}") from None
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return metrics


def _shared_folder() -> Path:
    """A folder that the workers of one parent process share; those of parents that are gone are removed."""
    ours = f"credit-scoring-workers-{os.getuid()}-"
    root = Path(tempfile.gettempdir())
    for folder in root.glob(f"{ours}*"):
        parent = folder.name.removeprefix(ours)
        if parent.isdecimal() and not Path(f"/proc/{parent}").exists():
            shutil.rmtree(folder, ignore_errors=True)
    shared = root / f"{ours}{os.getppid()}"
    shared.mkdir(mode=0o700, exist_ok=True)
    if shared.lstat().st_uid != os.getuid() or shared.is_symlink():
        raise ValueError(f"{shared} is another user's: remove it, or name a folder in {FOLDER}")
    return shared
