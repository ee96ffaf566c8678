"""Who acts: the name under which the ledger has an action."""

import os
import pwd

from mlflow.utils.credentials import read_mlflow_creds


def acting() -> str:
    """The name that this process logs in to MLflow with, else that of its user in the operating system.

    That is MLFLOW_TRACKING_USERNAME, or the one of ~/.mlflow/credentials; a token has no name. An MLflow server with
    authentication checks it, the operating system the other; where neither is so, as in a file that all may write, a
    name is what its writer says.
    """
    return read_mlflow_creds().username or _system_user()


def _system_user() -> str:
    """The name of the process's own user id: unlike LOGNAME it cannot be set; in a container it may have no name."""
    number = os.geteuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
