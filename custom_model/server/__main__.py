"""The hardened server's command line: download the model, then run uvicorn workers on the model's own code."""

import os
import signal
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import mlflow
import typer
import uvicorn

from custom_model.databases import check_address, without_credentials
from custom_model.environment import Environment
from custom_model.metrics.counters import FOLDER
from custom_model.metrics.folder import own_folder
from custom_model.origin import name_copy
from custom_model.server.settings import Settings
from custom_model.server.supervisor import Supervisor
from custom_model.unavailable import unavailable

MODEL = "models:/credit-scoring@champion"
MLFLOW_ADDRESSES = ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI")
PROTOCOL = "custom_model.server.protocol:Protocol"  # of the model's code; older code has none
DRAINED_WITHIN = 30  # seconds for the requests in progress when the server shuts down


def main(
    model_uri: Annotated[str, typer.Option(help="Any URI of MLflow's, or a folder.")] = MODEL,
    host: Annotated[
        str, typer.Option(help="Address to listen on; any other than 127.0.0.1 needs a proxy in front.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535)] = 5001,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes; each loads the model.")] = 1,
) -> None:
    """Serve a model within limits, with readiness, metrics and a fast path for JSON and Parquet.

    Stores and limits are environment variables, listed below.

    Example: python -m custom_model.server --model-uri models:/credit-scoring@champion --workers 2
    """
    with own_folder() as shared:
        _check_addresses(model_uri)
        shown = without_credentials(model_uri)
        folder = _download(model_uri, shared / "model")  # removed with it, even after a kill
        if not (folder / "MLmodel").is_file():
            _fail(f"{shown} is no model: expected a folder with the file MLmodel, or a URI such as {MODEL}")
        code = folder / "code"
        if not (code / "custom_model" / "server").is_dir():
            _fail(f"{shown} has no hardened server: it was logged before there was one; use `mlflow models serve`")
        # The workers are new interpreters with this sys.path: they import the model's own code, not this project's.
        sys.path.insert(0, str(code))
        os.environ |= {FOLDER: str(shared), "SERVED_MODEL": str(folder)}
        try:
            Settings.read()
            Environment.read()  # in each worker an error would come with a trace
        except ValueError as error:
            _fail(str(error))
        protocol = PROTOCOL if (code / "custom_model" / "server" / "protocol.py").is_file() else "auto"
        sys.exit(_run(shown, protocol, host, port, workers))


def _check_addresses(model_uri: str) -> None:
    """Refuse an address with a password that an error, MLflow's or ours, could show in parts."""
    addresses = {"--model-uri": model_uri, **{name: os.environ.get(name, "") for name in MLFLOW_ADDRESSES}}
    for name, address in addresses.items():
        try:
            check_address(address)
        except ValueError as error:
            _fail(f"{name}: {error}")


def _download(model_uri: str, copy: Path) -> Path:
    """The model's folder: a copy that no other download changes, with the name that all workers report.

    A folder is served in place. An alias is resolved here, once.
    """
    if Path(model_uri).is_dir():
        return Path(model_uri)
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")  # a bar for each of eighty files
    try:
        copy.mkdir()
        folder = Path(mlflow.artifacts.download_artifacts(model_uri, dst_path=str(copy)))
    except Exception as error:  # each kind of store raises its own, such as ValueError, or its driver's
        _fail(unavailable(model_uri, error))
    name_copy(folder)
    return folder


def _run(shown: str, protocol: str, host: str, port: int, workers: int) -> int:
    """Run until a signal; return the exit status."""
    config = uvicorn.Config(
        "custom_model.server.app:create",
        factory=True,
        http=protocol,
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
        listener = config.bind_socket()
    except SystemExit:  # uvicorn has logged why
        _fail(
            f"cannot listen on {host}:{port}: another program has this port, or {host} is no address of this machine; "
            "choose another with --port or --host (`make serve PORT=5002`)"
        )
    print(
        f"{shown} on http://{host}:{port}, workers: {workers}; /ready answers 200 when they are up",
        file=sys.stderr,
    )
    # A supervisor also for one worker: it replaces a worker that was killed.
    supervisor = Supervisor(config, [listener])
    supervisor.run()
    return 0 if all(process.exitcode in (0, -signal.SIGTERM) for process in supervisor.processes) else 1


def _variables() -> str:
    """The end of --help: each environment variable with its meaning and default."""
    descriptions = [*Environment.descriptions(), *Settings.descriptions()]
    return "\n\n".join(["Environment:", *(f"{name}: {meaning}" for name, meaning in descriptions)])


def _fail(message: str) -> NoReturn:
    print(f"error: {message}", file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(epilog=_variables())(main)
    app(prog_name="python -m custom_model.server")
