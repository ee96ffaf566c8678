"""The hardened server's command line: download the model, then run uvicorn workers on the model's own code."""

import gc
import os
import signal
import sys
from math import isfinite
from pathlib import Path
from typing import Annotated, NoReturn

import typer
import uvicorn

from custom_model.databases import check_address, without_credentials
from custom_model.environment import SCORING_THREADS, Environment
from custom_model.leaving import leave
from custom_model.metrics.counters import FOLDER
from custom_model.metrics.folder import own_folder
from custom_model.server.first_download import download
from custom_model.server.following.alias import alias_of
from custom_model.server.following.follower import Follower
from custom_model.server.following.forked import keep_socket_in
from custom_model.server.following.preparation import follower_of
from custom_model.server.following.release import APP, SERVED_MODEL, Release
from custom_model.server.malloc import malloc_settings
from custom_model.server.settings import Settings, share_of_cores
from custom_model.server.supervisor import Supervisor

MODEL = "models:/credit-scoring@champion"
MLFLOW_ADDRESSES = ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI")
FOLLOW = 10.0  # seconds between two questions to the registry, for a URI with an alias
SPARING = 50_000, 10, 10  # what MLflow's import makes stays: looking through it for garbage takes half a second
DRAINED_WITHIN = 30  # seconds for the requests in progress when the server shuts down


def main(
    model_uri: Annotated[str, typer.Option(help="Any URI of MLflow's, or a folder.")] = MODEL,
    host: Annotated[
        str, typer.Option(help="Address to listen on; any other than 127.0.0.1 needs a proxy in front.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535)] = 5001,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes; each loads the model.")] = 1,
    follow: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=86_400.0,
            help="Seconds after which the registry is asked again where the alias points; 0: never.  [default: 10 for "
            "a URI with an alias, else 0]",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Serve a model within limits, with readiness, metrics and a fast path for JSON and Parquet.

    Where the alias of the URI is moved, the version that it points to is proven and takes over, without a gap. Stores
    and limits are environment variables, listed below.

    Example: python -m custom_model.server --model-uri models:/credit-scoring@champion --workers 2
    """
    gc.set_threshold(*SPARING)
    os.environ |= malloc_settings(os.environ)  # before the process starts that all others are forked from
    alias = alias_of(model_uri)
    if alias is None and follow:
        _fail(f"--follow: expected a URI with an alias, such as {MODEL}, got {without_credentials(model_uri)}")
    if follow is not None and not isfinite(follow):
        _fail("--follow: expected a number of seconds, 0 or more")
    seconds = (FOLLOW if alias is not None else 0.0) if follow is None else follow
    with own_folder() as shared:
        _check_addresses(model_uri)
        shown = without_credentials(model_uri)
        keep_socket_in(shared)
        folder = _downloaded(model_uri, shared / "model")  # removed with it, even after a kill
        if not (folder / "MLmodel").is_file():
            _fail(f"{shown} is no model: expected a folder with the file MLmodel, or a URI such as {MODEL}")
        try:
            release = Release.of(folder, None if folder == Path(model_uri) else shared / "model")
        except ValueError as error:
            _fail(f"{shown} has no hardened server: {error}; use `mlflow models serve`")
        os.environ |= {FOLDER: str(shared), SERVED_MODEL: str(folder)}
        try:
            Settings.read()  # in each worker an error would come with a trace
            environment = Environment.read()
        except ValueError as error:
            _fail(str(error))
        os.environ[SCORING_THREADS] = str(environment.scoring_threads or share_of_cores(workers))
        config = _config(host, port, workers)
        follower = follower_of(alias, seconds, release, config, shared) if alias is not None and seconds else None
        sys.exit(_run(shown, config, release, shared, follower))


def _check_addresses(model_uri: str) -> None:
    """Refuse an address with a password that an error, MLflow's or ours, could show in parts."""
    addresses = {"--model-uri": model_uri, **{name: os.environ.get(name, "") for name in MLFLOW_ADDRESSES}}
    for name, address in addresses.items():
        try:
            check_address(address)
        except ValueError as error:
            _fail(f"{name}: {error}")


def _downloaded(model_uri: str, folder: Path) -> Path:
    """The model's folder: a copy in this one; what is a folder already is served in place."""
    if Path(model_uri).is_dir():
        return Path(model_uri)
    try:
        return download(model_uri, folder)
    except ValueError as error:
        _fail(str(error))


def _config(host: str, port: int, workers: int) -> uvicorn.Config:
    return uvicorn.Config(
        APP,
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


def _run(shown: str, config: uvicorn.Config, release: Release, shared: Path, follower: Follower | None) -> int:
    """Run until a signal; return the exit status."""
    host, port = config.host, config.port
    try:
        listener = config.bind_socket()
    except SystemExit:  # uvicorn has logged why
        _fail(
            f"cannot listen on {host}:{port}: another program has this port, or {host} is no address of this machine; "
            "choose another with --port or --host (`make serve PORT=5002`)"
        )
    follows = "" if follower is None else f", follows its alias every {follower.seconds:g} s"
    print(
        f"{shown} on http://{host}:{port}, workers: {config.workers}{follows}; /ready answers 200 when they are up",
        file=sys.stderr,
    )
    # A supervisor also for one worker: it replaces a worker that was killed.
    supervisor = Supervisor(config, [listener], release=release, shared=shared, follower=follower)
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
    try:
        app(prog_name="python -m custom_model.server")
    except SystemExit as end:
        leave(end.code)
