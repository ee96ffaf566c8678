"""A temporary PostgreSQL server for benchmarks and tests: a cluster in a temporary folder, until a block ends."""

import contextlib
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from steps.run.console import UserError
from steps.run.ports import ReservedPort

USER = "owner"
DEBIAN = Path("/usr/lib/postgresql")  # a folder for each version; its programs are not on the path


class PostgresMissing(UserError):
    """PostgreSQL is not installed on this machine."""


@dataclass(frozen=True)
class Postgres:
    """A server to start and to stop; `url` is the URL of its first database."""

    url: str
    user: str | None
    control: tuple[object, ...]
    settings: str

    def start(self) -> None:
        """Start the server, and return when it accepts connections."""
        _run(self.user, *self.control, "-o", self.settings, "start")

    def stop(self) -> None:
        """Stop the server as a crash would: no checkpoint, and no notice to its clients."""
        _run(self.user, *self.control, "-m", "immediate", "stop")


@contextlib.contextmanager
def postgres_cluster(durable: bool = True) -> Iterator[Postgres]:
    """Start a server, and stop it when the block ends; raises `PostgresMissing` if PostgreSQL is not installed.

    A server that is not `durable` never waits for the disk: it loses nothing in a crash of its own, only in one
    of the machine.
    """
    programs = _programs()
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        data = folder / "data"
        data.mkdir(mode=0o700)
        user = _owner(data)
        _run(user, programs / "initdb", "-D", data, "-U", USER, "--auth=trust", "--no-sync", "--encoding=UTF8")
        port = ReservedPort()  # for as long as it may be started again
        fsync = "on" if durable else "off"
        settings = f"-p {port.number} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync={fsync} "
        settings += "-c max_prepared_transactions=5"
        control = (programs / "pg_ctl", "-D", data, "-w", "-l", data / "log")
        server = Postgres(f"postgresql://{USER}@127.0.0.1:{port.number}/postgres", user, control, settings)
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
    """The folder of initdb and pg_ctl."""
    debian = sorted(DEBIAN.glob("*/bin"), key=lambda bin_: float(bin_.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    for folder in [*debian, *([Path(on_path).resolve().parent] if on_path else [])]:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise PostgresMissing("PostgreSQL is not installed (initdb and pg_ctl; Debian's package `postgresql`)")


def _owner(data: Path) -> str | None:
    """The user to run the server as, because PostgreSQL refuses root; None for the current user."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = "postgres" if "postgres" in names else "nobody"
    shutil.chown(data, user)
    return user


def _run(user: str | None, *command: object) -> None:
    completed = subprocess.run(
        [str(word) for word in command],
        user=user,
        extra_groups=None if user is None else [],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,  # the server would inherit a pipe, and keep it open
        stderr=subprocess.STDOUT,
        check=False,
    )
    if completed.returncode:
        raise UserError(f"{Path(str(command[0])).name} failed with status {completed.returncode}")
