"""A version's download, by a process of its own: it can be ended, and leaves no memory or threads behind."""

import multiprocessing
import os
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event
from time import monotonic

import yaml

from custom_model.origin import REGISTRATION
from custom_model.server.following.alias import Alias, Pointed
from custom_model.server.following.child import Child, end_with_parent
from custom_model.server.following.forked import Begun
from custom_model.server.following.problems import Unreachable

LONGEST = 600.0  # seconds
NICE = 10  # the servers' requests come first
WITHOUT_BARS = {"MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"}  # one for each of eighty files


def download(alias: Alias, pointed: Pointed, folder: Path, ends: Event) -> Path:
    """Download the version that the alias points to into a new folder, under its name; return the folder of MLmodel.

    Raises `Unreachable` where that fails, takes too long, or `ends` is set.
    """
    folder.mkdir()
    uri = f"models:/{alias.model}/{pointed.version}"
    receiving, sending = multiprocessing.Pipe(duplex=False)
    with receiving:
        # Forked: it has MLflow imported, which would take an interpreter two seconds.
        process = Child(target=_download, args=(Begun({**os.environ, **WITHOUT_BARS}), uri, str(folder), sending))
        with sending:
            process.start()
        deadline = monotonic() + LONGEST
        while process.exitcode is None and monotonic() < deadline and not ends.wait(0.1):
            pass
        late = process.exitcode is None
        process.kill()
        process.join()
        try:
            downloaded, problem = receiving.recv()
        except EOFError:
            downloaded, problem = "", f"the download of {uri} ended with status {process.exitcode}"
    if late:
        raise Unreachable(f"{uri} was not downloaded within {LONGEST:.0f} s")
    if not downloaded:
        raise Unreachable(problem)
    model = Path(downloaded)
    # Versions that are copies of each other share their files, and the name there may be another's.
    name = {"model_name": alias.model, "model_version": pointed.version}
    (model / REGISTRATION).write_text(yaml.safe_dump(name), "utf-8")
    return model


def _download(_: None, uri: str, folder: str, sending: Connection) -> None:
    """Send the folder of the download and an empty text, or the other way round a sentence that says why not."""
    end_with_parent()
    os.nice(NICE)
    with open(os.devnull, "wb") as nothing:  # what MLflow prints is not for the server's log
        for stream in (1, 2):
            os.dup2(nothing.fileno(), stream)
    sending.send(_downloaded(uri, folder))


def _downloaded(uri: str, folder: str) -> tuple[str, str]:
    import mlflow

    from custom_model.unavailable import unavailable

    try:
        model = Path(mlflow.artifacts.download_artifacts(uri, dst_path=folder))
    except Exception as error:  # each kind of store raises its own, or its driver's
        return "", unavailable(uri, error)
    if not (model / "MLmodel").is_file():
        return "", f"{uri} has no file MLmodel in the artifact store"
    return str(model), ""
