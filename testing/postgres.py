"""A PostgreSQL server of one's own, for benchmarks and tests: a cluster in a temporary folder, gone with its block."""

import contextlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from steps.run.console import UserError

USER = "owner"
DEBIAN = Path("/usr/lib/postgresql")  # keeps the programs off the path, a folder a version


class PostgresMissing(UserError):
    """There is no PostgreSQL on this machine to start."""


@dataclass(frozen=True)
class Postgres:
    """A server that is ours to stop and to start; `url` is that of its first database."""

    url: str
    user: str | None
    control: tuple[object, ...]
    settings: str

    def start(self) -> None:
        """Start it, and return when it answers."""
        _run(self.user, *self.control, "-o", self.settings, "start")

    def stop(self) -> None:
        """Stop it without a checkpoint or a word to its clients, as a crash would."""
        _run(self.user, *self.control, "-m", "immediate", "stop")


@contextlib.contextmanager
def postgres_cluster(durable: bool = True) -> Iterator[Postgres]:
    """A server for as long as the block; raises `PostgresMissing` where there is none.

    One that is not `durable` never waits for the disk: its crashes, not the machine's, lose nothing.
    """
    programs = _programs()
    with tempfile.TemporaryDirectory(prefix="postgres-") as name, socket.socket() as free:
        folder = Path(name)
        folder.chmod(0o755)
        data = folder / "data"
        data.mkdir(mode=0o700)
        user = _owner(data)
        _run(user, programs / "initdb", "-D", data, "-U", USER, "--auth=trust", "--no-sync", "--encoding=UTF8")
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        fsync = "on" if durable else "off"
        settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync={fsync}"
        control = (programs / "pg_ctl", "-D", data, "-w", "-l", data / "log")
        server = Postgres(f"postgresql://{USER}@127.0.0.1:{port}/postgres", user, control, settings)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def fresh_database(server: str) -> str:
    """The URL of a new, empty database."""
    name = f"database_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.rsplit("/", 1)[0] + f"/{name}"


def _programs() -> Path:
    """Where initdb and pg_ctl are."""
    debian = sorted(DEBIAN.glob("*/bin"), key=lambda bin_: float(bin_.parent.name), reverse=True)
    found = shutil.which("initdb")
    for folder in [*debian, *([Path(found).resolve().parent] if found else [])]:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise PostgresMissing("PostgreSQL is not installed (initdb and pg_ctl; Debian's package `postgresql`)")


def _owner(data: Path) -> str | None:
    """PostgreSQL refuses root: the user that the server runs as instead, None for this one."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    user = "postgres" if "postgres" in known else "nobody"
    shutil.chown(data, user)
    return user


def _run(user: str | None, *command: object) -> None:
    ended = subprocess.run(
        [str(word) for word in command],
        user=user,
        extra_groups=None if user is None else [],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,  # a pipe would be the server's for as long as it lives
        stderr=subprocess.STDOUT,
        check=False,
    )
    if ended.returncode:
        raise UserError(f"{Path(str(command[0])).name} ended with {ended.returncode}")
