"""The metrics on a port of their own, for a server that has no route for them."""

import os
import threading
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from custom_model.metrics.counters import CONTENT_TYPE, FOLDER, Metrics
from custom_model.metrics.folder import shared_folder


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
        os.environ[FOLDER] = str(shared_folder(os.getppid()))
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
