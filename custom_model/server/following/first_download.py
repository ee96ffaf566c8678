"""The model that a server starts with: downloaded by a process forked from the one that its workers are forked from.

That one has MLflow imported, which the supervisor need not have: 100 MB of memory, and more than a second of its start.
"""

import os
import signal
from multiprocessing import Pipe, parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread

from custom_model.databases import without_credentials
from custom_model.origin import name_copy
from custom_model.server.following.child import Child
from custom_model.server.following.problems import Unreachable


def download_first(uri: str, folder: Path) -> Path:
    """Download into a new folder, with the model's registered name; return the folder of the model.

    Raises `Unreachable` where that fails, with one sentence.
    """
    receiving, sending = Pipe(duplex=False)
    process = Child(target=_download, args=(uri, str(folder), sending))
    with receiving:
        with sending:
            process.start()
        try:
            model, problem = receiving.recv()
        except EOFError:
            process.join()
            problem = f"the download of {without_credentials(uri)} broke off with exit status {process.exitcode}"
        finally:
            process.kill()
            process.join()
    if problem:
        raise Unreachable(problem)
    return Path(model)


def _download(uri: str, folder: str, answer: Connection) -> None:
    """In the process: send the model's folder, and why there is none."""
    Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the supervisor gets a Ctrl-C, too, and ends this process
    import mlflow

    from custom_model.unavailable import unavailable

    try:
        Path(folder).mkdir()
        model = Path(mlflow.artifacts.download_artifacts(uri, dst_path=folder))
    except Exception as error:  # each kind of store raises its own, such as ValueError, or its driver's
        answer.send(("", unavailable(uri, error)))
        return
    name_copy(model)
    answer.send((str(model), ""))


def _end_with_parent() -> None:
    """End this process when the supervisor has ended, however it did."""
    supervisor = parent_process()
    assert supervisor is not None
    supervisor.join()
    os._exit(1)
