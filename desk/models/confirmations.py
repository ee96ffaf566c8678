"""The forms that ask before an action, each with a ticket that acts once."""

import secrets

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from starlette.requests import Request

from desk.access.people import Person
from desk.models.orders import Confirmation, Kind, confirmation, kinds_of, usable
from desk.models.standing import Model
from steps.registry.version_record import TRAINED_AS
from steps.run.policy import read_policy

DATA_OPTIONS = ("data", "target", "id", "default", "leaks")  # of promote, and parameters of a training's run


def confirmations_of(request: Request, model: Model, version: str, *kinds: Kind) -> list[Confirmation]:
    """What the person may be asked about a version; by default all that can be done with it."""
    person: Person = request.state.person
    possible = [kind for kind in kinds_of(model, version) if not kinds or kind in kinds]
    if not possible:
        return []
    approvals = read_policy(request.app.state.settings.policy_file).promotion.approvals
    data = usable(_recorded(model, version)) if Kind.promote in possible else {}
    return [confirmation(kind, model, version, person.name, approvals, data) for kind in possible]


def ticket() -> str:
    """Marks one form: sent twice, it acts once."""
    return secrets.token_hex(16)


def _recorded(model: Model, version: str) -> dict[str, str]:
    """The data of a version's training; of one under another policy, that of the training behind it."""
    trained = model.versions.get(model.versions[version].tags.get(TRAINED_AS, version))
    if trained is None or not trained.run_id:
        return {}
    try:
        parameters = MlflowClient().get_run(trained.run_id).data.params
    except MlflowException:
        return {}
    return {name: parameters[name] for name in DATA_OPTIONS if parameters.get(name)}
