"""A server under the supervisor, whose only worker does what a path says: be busy, stand still, or end."""

import ctypes
import os
import re
import signal
import socket
import sys
import time

import uvicorn

from custom_model.server.supervisor import Supervisor
from custom_model.server.vitals import Patience

IDLE = 1.0  # seconds
PATIENCE = Patience(idle=IDLE, busy=60.0)


def hold_the_lock_and_run(seconds: float) -> None:
    """Run that long, at least, in one call of C: each further letter doubles the time of this expression."""
    letters, took = 16, 0.0
    while took < seconds:
        letters += 1 if took > seconds / 4 else 2
        start = time.perf_counter()
        re.fullmatch("(?:a|a)*b", "a" * letters)
        took = time.perf_counter() - start


async def app(scope, receive, send):
    """Answers its process id, after what the path says."""
    path = scope["path"]
    if path == "/busy":
        hold_the_lock_and_run(3 * IDLE)
    elif path == "/still":
        ctypes.PyDLL(None).sleep(600)
    elif path.startswith("/signal/"):
        os.kill(os.getpid(), signal.Signals[path.rpartition("/")[2]])
    elif path == "/exit":
        os._exit(9)
    body = str(os.getpid()).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


async def dies(scope, receive, send):
    """Ends its worker at the start."""
    os._exit(7)


def main() -> None:
    """Serve, in a session of its own; called by `python -c`, since workers import a module that is run by its name."""
    os.setsid()
    name = sys.argv[1]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        lifespan = "on" if name == "dies" else "off"
        config = uvicorn.Config(f"{__name__}:{name}", workers=1, lifespan=lifespan, log_level="warning")
        print(listener.getsockname()[1], os.getpid(), flush=True)
        Supervisor(config, [listener], PATIENCE).run()
