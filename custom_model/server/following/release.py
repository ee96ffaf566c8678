"""A release: one version in a folder of its own, and how its workers are started on its own code."""

import copy
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from socket import socket
from threading import Lock
from typing import Self

from uvicorn import Config
from uvicorn.supervisors.multiprocess import Process

from custom_model.origin import Origin
from custom_model.server.following.alias import Pointed
from custom_model.server.following.forked import forked

APP = "custom_model.server.app:create"
PROTOCOL = "custom_model.server.protocol:Protocol"  # of the model's code; older code has none
SERVED_MODEL = "SERVED_MODEL"

_starting = Lock()  # a worker gets this process's sys.path: one start at a time sets it


@dataclass(eq=False)
class Release:
    """What workers serve, alike for all of them.

    Attributes
    ----------
    label
        Registered name and version, `credit-scoring/2`.
    code
        The folder that workers import first; None: as this process does.
    variables
        The environment variables that make a worker serve this release.
    http
        uvicorn's name of the protocol; None: as the server's configuration says.
    folder
        Removed once no worker serves the release; None: not the server's own.
    pointed
        The version in the registry, where it is known.
    """

    label: str = ""
    code: Path | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    http: str | None = None
    folder: Path | None = None
    pointed: Pointed | None = None

    @classmethod
    def of(cls, model: Path, folder: Path | None, pointed: Pointed | None = None) -> Self:
        """The release of a model's folder; raises `ValueError` where the model has no hardened server."""
        code = model / "code"
        server = code / "custom_model" / "server"
        if not server.is_dir():
            raise ValueError("it was logged before there was a hardened server")
        http = PROTOCOL if (server / "protocol.py").is_file() else "auto"
        return cls(Origin.of(model).label, code, {SERVED_MODEL: str(model)}, http, folder, pointed)

    @property
    def model(self) -> Path:
        """The folder with MLmodel."""
        return Path(self.variables[SERVED_MODEL])

    def start(self, config: Config, sockets: list[socket], **variables: str) -> Process:
        """Start a worker of this release, with these environment variables besides."""
        own = copy.copy(config)
        if self.http is not None:
            own.http = self.http  # a name: the worker imports it from its own code
        process = Process(own, sockets)
        own_variables = {**os.environ, **self.variables, **variables}
        process.process = forked(process, sockets, own_variables)  # type: ignore[assignment]
        with _starting, _first(self.code):
            process.start()
        return process


def remove(release: Release) -> None:
    """Remove the release's folder, if it has one of its own."""
    if release.folder is not None:
        shutil.rmtree(release.folder, ignore_errors=True)


@contextmanager
def _first(code: Path | None) -> Iterator[None]:
    """A first folder of sys.path, for the block."""
    if code is not None:
        sys.path.insert(0, str(code))
    try:
        yield
    finally:
        if code is not None:
            sys.path.remove(str(code))
