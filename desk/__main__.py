"""The desk's command."""

import ipaddress
import socket
import threading
from contextlib import suppress
from typing import Annotated

import typer
import uvicorn

from desk.app import create_app
from desk.decision_server import DecisionServer
from desk.problems import Problem
from desk.registry_patience import be_quick
from desk.served import served_version
from desk.settings import DeskSettings, read_settings
from steps.run.console import UserError, run
from steps.run.settings import Settings
from steps.tracking.connection import connect


def main(
    port: Annotated[int, typer.Option(help="Port; 0: a free one.", min=0, max=65535)] = 8502,
    host: Annotated[
        str, typer.Option(help="Address to listen at; any other than this machine's needs DESK_PROXY_TOKEN.")
    ] = "127.0.0.1",
) -> None:
    """Open the desk: web pages to decide, find, watch and govern, on http://127.0.0.1:8502.

    It asks the decision server at DESK_SERVER_URL, and reads DECISION_LOG_URI, HISTORY_STORE_URI and
    MLFLOW_TRACKING_URI. docs/desk.md has how to let in others, by a reverse proxy.

    Example: python -m desk --port 8502
    """
    settings = read_settings()
    check_host(host, settings)
    be_quick()
    connect(Settings().tracking_uri)
    app = create_app(settings)
    threading.Thread(target=warm, args=(app.state.server,), daemon=True).start()
    with listening(host, port) as listener:
        place = f"[{host}]" if ":" in host else host
        print(f"  the desk is at http://{place}:{listener.getsockname()[1]}; Ctrl-C ends it", flush=True)
        config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
        uvicorn.Server(config).run([listener])


def warm(server: DecisionServer) -> None:
    """Read the version that the server runs, which takes seconds once; a page says what hinders that."""
    with suppress(Problem, UserError):
        served_version(server)


def check_host(host: str, settings: DeskSettings) -> None:
    """Raise `UserError` for an address that others reach, unless a proxy names who they are."""
    if settings.proxy_token is None and not is_own(host):
        raise UserError(
            f"host: expected an address of this machine alone, such as 127.0.0.1, got {host}: whoever reaches it would "
            "have all rights. Set DESK_PROXY_TOKEN, and let a reverse proxy name people and roles: docs/desk.md"
        )


def is_own(host: str) -> bool:
    """Whether only this machine reaches what listens at this address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there; raises `UserError` where it cannot."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        reason = str(error.strerror).partition(" (")[0]  # Python adds the address
        raise UserError(
            f"port: cannot listen at {host}, port {port}: {reason}; choose another with --port, or end what has it"
        ) from None


if __name__ == "__main__":
    run(main)
