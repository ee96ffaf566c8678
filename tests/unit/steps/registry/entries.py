"""Models of a test in the registry, and the entries of their ledgers."""

from mlflow import MlflowClient

from steps.ledger.records import Entry, Event, Outcome
from steps.registry.champion import make_champion
from steps.registry.versions import find_champion, find_version


def registered(name: str, versions: int) -> str:
    """A registered model with versions that have no artifacts."""
    client = MlflowClient()
    client.create_registered_model(name)
    for _ in range(versions):
        client.create_model_version(name, source="file:///nowhere")
    return name


def created_anew(name: str, versions: int) -> None:
    """The model deleted, and one of its name with other versions, numbered from 1 on; its ledger stays."""
    client = MlflowClient()
    client.delete_registered_model(name)
    client.create_registered_model(name)
    for _ in range(versions):
        client.create_model_version(name, source="file:///nowhere/else")


def promotion(version: str = "1", **facts: object) -> Entry:
    """The entry of a promotion."""
    return Entry(event=Event.promotion, outcome=Outcome.refused, version=version).model_copy(update=facts)


def crown(name: str, version: str) -> bool:
    """Make a version champion in place of the present one."""
    return make_champion(find_version(name, version), find_champion(name), promotion(version))


def champion_of(name: str) -> str | None:
    return alias_of(name, "champion")


def alias_of(name: str, alias: str) -> str | None:
    found = MlflowClient().get_registered_model(name).aliases.get(alias)
    return None if found is None else str(found)


def stages(name: str) -> dict[str, str]:
    found = MlflowClient().search_model_versions(f"name = '{name}'")
    return {str(each.version): each.current_stage for each in found}
