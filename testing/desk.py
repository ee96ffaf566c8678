"""The desk in a thread of this process, for tests and benchmarks."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from desk.app import create_app
from desk.settings import DeskSettings

END_TIMEOUT = 30  # seconds for requests that are being answered


@contextmanager
def desk_at(**settings: Any) -> Iterator[str]:
    """The base URL of a desk with these settings, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        app = create_app(DeskSettings(**settings))
        server = uvicorn.Server(
            uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=END_TIMEOUT)
        )
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(2 * END_TIMEOUT)
            if thread.is_alive():
                raise TimeoutError(f"the desk still runs {2 * END_TIMEOUT} s after it was to end")
