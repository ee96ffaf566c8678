"""Metrics on their own port, for MLflow's server, which has no route for them."""

import os
import threading
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from custom_model.metrics.counters import CONTENT_TYPE, FOLDER, Metrics
from custom_model.metrics.folder import shared_folder


class _SharedPort(ThreadingMixIn, WSGIServer):
    """All workers listen on one port and the kernel picks one of them; each exposes the sum of all."""

    allow_reuse_port = True
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Log no requests."""


def serve_metrics(model: str, host: str, port: int) -> Metrics:
    """Serve the metrics of this worker and its siblings; raises `ValueError` when it cannot listen on the port."""
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
