"""The download of the model that a server starts with, by a process that has MLflow imported as its workers have.

Imported in the server itself, MLflow would take two seconds more, and 100 MB that it need not have beside its workers.
"""

import multiprocessing
import os
import signal
from multiprocessing.connection import Connection
from pathlib import Path

from custom_model.origin import name_copy
from custom_model.server.following.child import Child, end_with_parent
from custom_model.server.following.download import WITHOUT_BARS
from custom_model.server.following.forked import Begun
from custom_model.unavailable import unavailable


def download(model_uri: str, folder: Path) -> Path:
    """The model's folder in this one, which is made: a copy that no other download changes, with its registered name.

    An alias is resolved here, once. Raises `ValueError` with one sentence where the model cannot be had.
    """
    receiving, sending = multiprocessing.Pipe(duplex=False)
    begun = Begun({**WITHOUT_BARS, **os.environ})
    process = Child(target=_download, args=(begun, model_uri, str(folder), sending))
    process.start()
    sending.close()
    with receiving:
        try:
            found, problem = receiving.recv()
        except EOFError:
            process.join()
            raise ValueError(f"the download of the model ended with status {process.exitcode}") from None
        finally:
            process.kill()  # else a server that is interrupted would wait for its end
            process.join()
    if problem:
        raise ValueError(problem)
    return Path(found)


def _download(_begun: Begun | None, model_uri: str, folder: str, answer: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's, too, which ends this process
    end_with_parent()
    import mlflow

    try:
        Path(folder).mkdir()
        found = mlflow.artifacts.download_artifacts(model_uri, dst_path=folder)
        name_copy(Path(found))
    except Exception as error:  # each kind of store raises its own, such as ValueError, or its driver's
        answer.send(("", unavailable(model_uri, error)))
    else:
        answer.send((found, ""))
