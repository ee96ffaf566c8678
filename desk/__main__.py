"""The desk's command."""

from typing import Annotated

import typer
import uvicorn

from desk.app import create_app
from desk.settings import read_settings
from steps.run.console import run
from steps.run.settings import Settings
from steps.tracking.connection import connect


def main(
    port: Annotated[int, typer.Option(help="Port; 0: a free one.", min=0, max=65535)] = 8502,
    host: Annotated[
        str, typer.Option(help="Address to listen at; by default only this machine can reach the desk.")
    ] = "127.0.0.1",
) -> None:
    """Open the desk: web pages to decide, find, watch and govern, on http://127.0.0.1:8502.

    It asks the decision server at DESK_SERVER_URL, and reads DECISION_LOG_URI, HISTORY_STORE_URI and
    MLFLOW_TRACKING_URI. docs/desk.md has how to let in others, by a reverse proxy.

    Example: python -m desk --port 8502
    """
    connect(Settings().tracking_uri)
    app = create_app(read_settings())
    print(f"  the desk is at http://{host}:{port}; Ctrl-C ends it", flush=True)
    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False, server_header=False)


if __name__ == "__main__":
    run(main)
