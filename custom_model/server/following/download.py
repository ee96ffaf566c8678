"""A version's download, by a process of its own: it can be ended, and leaves no memory or threads behind."""

import os
import subprocess
import sys
import threading
from pathlib import Path
from threading import Event
from time import monotonic

import yaml

import custom_model
from custom_model.origin import REGISTRATION
from custom_model.server.following.alias import Alias, Pointed
from custom_model.server.following.problems import Unreachable

LONGEST = 600.0  # seconds
NICE = 10  # the servers' requests come first
CODE = Path(custom_model.__file__).parents[1]  # this process's own, whatever version it serves
WITHOUT_BARS = {"MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"}  # one for each of eighty files


def download(alias: Alias, pointed: Pointed, folder: Path, ends: Event) -> Path:
    """Download the version that the alias points to into a new folder, under its name; return the folder of MLmodel.

    Raises `Unreachable` where that fails, takes too long, or `ends` is set.
    """
    folder.mkdir()
    uri = f"models:/{alias.model}/{pointed.version}"
    command = [sys.executable, "-P", "-m", __name__, uri, str(folder)]
    environment = {**os.environ, **WITHOUT_BARS, "PYTHONPATH": str(CODE)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, text=True
    ) as process:
        os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
        deadline = monotonic() + LONGEST
        while process.poll() is None and monotonic() < deadline and not ends.wait(0.1):
            pass
        late = process.poll() is None
        process.kill()
        assert process.stdout is not None
        lines = process.stdout.read().splitlines()
    if late:
        raise Unreachable(f"{uri} was not downloaded within {LONGEST:.0f} s")
    if process.returncode or not lines:
        raise Unreachable(lines[-1] if lines else f"the download of {uri} ended with status {process.returncode}")
    model = Path(lines[-1])
    # Versions that are copies of each other share their files, and the name there may be another's.
    name = {"model_name": alias.model, "model_version": pointed.version}
    (model / REGISTRATION).write_text(yaml.safe_dump(name), "utf-8")
    return model


def _end_with_parent() -> None:
    """End this process when its standard input does: the server has ended, however it did."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(1)


def main(uri: str, folder: str) -> int:
    """Download and print the folder, or one sentence that says why not; return the exit status."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import mlflow

    from custom_model.unavailable import unavailable

    try:
        model = Path(mlflow.artifacts.download_artifacts(uri, dst_path=folder))
    except Exception as error:  # each kind of store raises its own, or its driver's
        print(unavailable(uri, error))
        return 2
    if not (model / "MLmodel").is_file():
        print(f"{uri} has no file MLmodel in the artifact store")
        return 2
    print(model)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
