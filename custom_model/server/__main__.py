"""The hardened server's command line: fetches the model, then runs uvicorn with workers of the model's own code."""

import os
import signal
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import mlflow
import typer
import uvicorn
from mlflow.exceptions import MlflowException
from uvicorn.supervisors import Multiprocess

from custom_model.environment import Environment
from custom_model.metrics.counters import FOLDER
from custom_model.metrics.folder import own_folder
from custom_model.server.settings import Settings

MODEL = "models:/credit-scoring@champion"
DRAINED_WITHIN = 30  # seconds that requests under way have when the server is told to end


def main(
    model_uri: Annotated[str, typer.Option(help="Any URI of MLflow's, or a folder.")] = MODEL,
    host: Annotated[str, typer.Option(help="Address to listen on; others than this machine should meet a proxy.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=1, max=65_535)] = 5001,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes; each loads the model.")] = 1,
) -> None:
    """Serve a model behind limits, with readiness, metrics and its own fast path for JSON.

    Stores and limits are variables of the environment, listed below.

    Example: python -m custom_model.server --model-uri models:/credit-scoring@champion --workers 2
    """
    try:
        folder = Path(mlflow.artifacts.download_artifacts(model_uri))
    except (MlflowException, OSError) as error:
        _end(f"{model_uri} cannot be fetched: {error}")
    code = folder / "code"
    if not (code / "custom_model" / "server").is_dir():
        _end(f"{model_uri} holds no server: it was logged before there was one; use `mlflow models serve`")
    # The workers are new interpreters with this one's path: they import the model's own code, not what stands here.
    sys.path.insert(0, str(code))
    with own_folder() as shared:
        os.environ |= {FOLDER: str(shared), "SERVED_MODEL": str(folder)}
        try:
            Settings.read()
            Environment.read()  # which the workers would tell with a trace each
        except ValueError as error:
            _end(str(error))
        sys.exit(_run(model_uri, host, port, workers))


def _run(model_uri: str, host: str, port: int, workers: int) -> int:
    """Run until a signal ends it; the exit status."""
    config = uvicorn.Config(
        "custom_model.server.app:create",
        factory=True,
        interface="asgi3",
        host=host,
        port=port,
        workers=workers,
        lifespan="on",
        access_log=False,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=DRAINED_WITHIN,
    )
    try:
        listening = config.bind_socket()
    except SystemExit:  # uvicorn has said why
        _end(f"cannot listen on {host}:{port}")
    print(f"{model_uri} on http://{host}:{port}, workers: {workers}; /ready tells when they decide", file=sys.stderr)
    # uvicorn's supervisor also where there is one worker: it starts a worker anew that was killed.
    supervisor = Multiprocess(config, sockets=[listening])
    supervisor.run()
    return 0 if all(process.exitcode in (0, -signal.SIGTERM) for process in supervisor.processes) else 1


def _variables() -> str:
    """The end of --help: each variable of the environment, with its meaning and its default."""
    described = [*Environment.described(), *Settings.described()]
    return "\n\n".join(["Environment:", *(f"{name}: {meaning}" for name, meaning in described)])


def _end(words: str) -> NoReturn:
    print(f"error: {words}", file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(epilog=_variables())(main)
    app(prog_name="python -m custom_model.server")
