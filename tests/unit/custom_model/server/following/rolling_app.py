"""The app of the releases that `rolling` serves; without MLflow, whose import takes seconds."""

import asyncio
import os
import signal
import time
from pathlib import Path

from custom_model.metrics.counters import FOLDER
from custom_model.server.draining import Draining


async def app(scope, receive, send):
    """Answers the release's name and the worker's process id; closes its connections as it drains."""
    if scope["type"] == "lifespan":
        await receive()
        if not starts():
            await send({"type": "lifespan.startup.failed"})
            return
        scope["state"]["draining"] = draining = Draining()
        draining.listen()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    if os.environ["START"] == "hangs":
        Path(os.environ[FOLDER], "asked").touch()
        await asyncio.sleep(600)
    body = f"{os.environ['NAME']} {os.getpid()}".encode()
    close = [(b"connection", b"close")] if scope["state"]["draining"].has_begun else []
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body)), *close]}
    )
    await send({"type": "http.response.body", "body": body})


def starts() -> bool:
    """What the release does at a worker's start."""
    start = os.environ["START"]
    if start == "slow":
        time.sleep(3)
    if start == "once":
        try:
            Path(os.environ[FOLDER], os.environ["NAME"], "started").touch(exist_ok=False)
        except FileExistsError:
            start = "dies"
    if start == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    return start != "fails"
