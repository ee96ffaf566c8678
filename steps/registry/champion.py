"""The champion: the version under the alias `champion`, and alone in the stage Production."""

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion

from steps.registry.promotion_lock import promotion_lock
from steps.registry.versions import CHAMPION, Stage, find_champion, find_version, registry_errors, versions_of
from steps.run.console import UserError

CUT_OFF = "what was cut off, the next promotion completes"


def make_champion(candidate: ModelVersion, compared: ModelVersion | None) -> bool:
    """Make the candidate champion, if the champion still is the version that the candidate was compared with.

    Only one process at a time does so. The alias moves first: whoever is cut off after it leaves a champion that passed
    the gate, and `restore_stages` completes the rest. All other versions leave Production.

    Returns
    -------
    bool
        False where another version has become champion meanwhile: nothing was changed.

    Raises
    ------
    UserError
        The registry failed.
    """
    client, name = MlflowClient(), candidate.name
    task = f"make {name} version {candidate.version} champion"
    with registry_errors(task, CUT_OFF), promotion_lock(name) as lock:
        if not is_same(find_champion(name), compared):
            return False
        lock.check()
        client.set_registered_model_alias(name, CHAMPION, candidate.version)
        lock.check()
        _into_production(client, candidate)
    return True


def restore_stages(model_name: str) -> bool:
    """Put the champion alone into Production, where a promotion was cut off or somebody moved versions by hand.

    Returns whether any version moved. Without a champion none does, and a line reports the versions in Production.
    """
    if _is_in_order(model_name):
        return False
    with registry_errors(f"put {model_name}'s champion into Production", CUT_OFF), promotion_lock(model_name) as lock:
        champion, others = find_champion(model_name), _in_production(model_name)
        if champion is None:
            if others:
                print(f"  version {', '.join(others)} of {model_name} is in Production, but no version is champion")
            return False
        if others == [str(champion.version)]:
            return False
        lock.check()
        _into_production(MlflowClient(), champion)
    moved = ", ".join(number for number in others if number != str(champion.version))
    print(
        f"  a promotion of {model_name} was cut off: its champion, version {champion.version}, is now alone in "
        f"Production{f', and version {moved} is archived' if moved else ''}"
    )
    return True


def move(model_name: str, version: str, stage: Stage) -> ModelVersion:
    """Move a version to Staging or Archived.

    Returns
    -------
    ModelVersion
        The version before its move.

    Raises
    ------
    UserError
        The version is the champion, which only another champion replaces; or the registry failed.
    """
    candidate = find_version(model_name, version)
    with registry_errors(f"move {model_name} version {candidate.version}"), promotion_lock(model_name) as lock:
        if is_same(find_champion(model_name), candidate):
            raise UserError(
                f"{model_name} version {candidate.version} is the champion: promote another version first, which "
                "archives this one"
            )
        lock.check()
        MlflowClient().transition_model_version_stage(model_name, candidate.version, stage)
    return candidate


def is_same(one: ModelVersion | None, other: ModelVersion | None) -> bool:
    """Whether both are the same version of a model, or both are none."""
    if one is None or other is None:
        return one is other
    return str(one.version) == str(other.version)


def _into_production(client: MlflowClient, champion: ModelVersion) -> None:
    """The champion in, all others out, in one transaction of the registry."""
    client.transition_model_version_stage(
        champion.name, champion.version, Stage.production, archive_existing_versions=True
    )


def _is_in_order(model_name: str) -> bool:
    champion = find_champion(model_name)
    return _in_production(model_name) == ([] if champion is None else [str(champion.version)])


def _in_production(model_name: str) -> list[str]:
    """The numbers of the versions in Production, in their order."""
    versions = versions_of(model_name)
    return sorted((each for each in versions if versions[each].current_stage == Stage.production), key=int)
