"""The processes of a running server, found by the port it listens on."""

import os
import re
from pathlib import Path


def processes_of(url: str) -> list[int]:
    """All processes of the server: it was started in a session of its own."""
    port = url.rsplit(":", 1)[1]
    listed = {int(folder.name): folder for folder in Path("/proc").iterdir() if folder.name.isdecimal()}
    server = next(pid for pid, folder in listed.items() if f"\0--port\0{port}\0" in _command(folder))
    return [pid for pid, folder in listed.items() if _session(folder) == os.getsid(server)]


def workers_of(url: str) -> list[int]:
    """Those that uvicorn starts to answer requests."""
    return [pid for pid in processes_of(url) if "spawn_main" in _command(Path(f"/proc/{pid}"))]


def supervisor_of(url: str) -> int:
    """The process that starts the workers, and starts a new one where one has died."""
    (parent,) = {_stat(Path(f"/proc/{worker}"))[1] for worker in workers_of(url)}
    return int(parent)


def _command(folder: Path) -> str:
    try:
        return (folder / "cmdline").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return ""


def _session(folder: Path) -> int | None:
    known = _stat(folder)
    return int(known[3]) if known else None


def _stat(folder: Path) -> list[str]:
    """State, parent, group, session and more; nothing of a process that has just ended."""
    try:
        return re.sub(r"^.*\)", "", (folder / "stat").read_text()).split()
    except (FileNotFoundError, ProcessLookupError):
        return []
