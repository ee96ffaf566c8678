"""Who acts: the name under which the ledger has an action."""

import os
import pwd

from mlflow.utils.credentials import read_mlflow_creds

from custom_model.texts import is_identity
from steps.run.console import UserError
from steps.run.policy import read_policy

ACTING_FOR = "ACTING_FOR"  # the desk sets it, to the person whom its proxy names
THROUGH = ", through "  # between that person and the login that acts for them


def acting() -> str:
    """The name that this process logs in to MLflow with, else that of its user in the operating system.

    That is MLFLOW_TRACKING_USERNAME, or the one of ~/.mlflow/credentials; a token has no name. An MLflow server with
    authentication checks it, the operating system the other; where neither is so, as in a file that all may write, a
    name is what its writer says.

    Under ACTING_FOR, which the desk sets, it is that person: "ana", or "ana, through desk-service" where the process
    logs in. It proves what the login proves: that whoever has the password of desk-service says that ana acts. Hence a
    login speaks for others only where policy.yaml names it as the desk's: who may change that file may also ask for no
    approval. Without a login the variable proves nothing, as MLFLOW_TRACKING_USERNAME does not then.

    Raises
    ------
    UserError
        ACTING_FOR is no name, or the login is not the desk's.
    """
    person, login = os.environ.get(ACTING_FOR, ""), read_mlflow_creds().username
    if not person:
        return login or _system_user()
    if not is_identity(person) or THROUGH in person:
        raise UserError(f"{ACTING_FOR}: expected the name of a person, without control characters and '{THROUGH}'")
    if not login:
        return person
    desk = read_policy().desk_login
    if login != desk:
        raise UserError(
            f"{ACTING_FOR}: expected the login to MLflow that may act for others, {desk or 'none'} by "
            f"`desk_login` of policy.yaml; got {login}"
        )
    return f"{person}{THROUGH}{login}"


def person_in(name: str) -> str:
    """The person whom a name of the ledger is of, whether they acted themselves or through a desk."""
    return name.partition(THROUGH)[0]


def _system_user() -> str:
    """The name of the process's own user id: unlike LOGNAME it cannot be set; in a container it may have no name."""
    number = os.geteuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
