"""The champion: the version under the alias `champion`, alone in the stage Production, by the ledger's last move."""

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion

from steps.ledger.moves import last_move, predecessor
from steps.ledger.records import Entry, Outcome, Record, append, carry_out, end_of
from steps.registry.promotion_lock import PromotionLock, promotion_lock
from steps.registry.versions import (
    CHAMPION,
    PENDING,
    PREVIOUS,
    Stage,
    find_champion,
    find_version,
    registry_errors,
    versions_of,
)
from steps.run.console import UserError

CUT_OFF = "what was cut off, the next promotion completes"


def make_champion(candidate: ModelVersion, compared: ModelVersion | None, entry: Entry) -> bool:
    """Make the candidate champion, if the champion still is the version that the candidate was compared with.

    Only one process at a time does so. The record comes first: whoever is cut off after it leaves a ledger that says
    who is champion and on what evidence, and `settle` lets aliases and stages follow. All other versions leave
    Production.

    Parameters
    ----------
    candidate
        The version.
    compared
        The champion that the evidence was found against; None: there was none.
    entry
        The entry of the ledger; `version` and `replaced` are set here.

    Returns
    -------
    bool
        False where another version has become champion meanwhile: nothing was changed.

    Raises
    ------
    UserError
        The registry failed.
    """
    name = candidate.name
    task = f"make {name} version {candidate.version} champion"
    with registry_errors(task, CUT_OFF), promotion_lock(name) as lock:
        return take_over(candidate, compared, entry, lock)


def take_over(candidate: ModelVersion, compared: ModelVersion | None, entry: Entry, lock: PromotionLock) -> bool:
    """As `make_champion`, by the holder of the lock."""
    complete(candidate.name, lock)
    moved = about(entry, candidate).model_copy(update={"outcome": Outcome.champion, "replaced": number_of(compared)})
    move = append_against(candidate.name, moved, compared, lock)
    if move is None:
        return False
    follow(candidate.name, move, lock)
    return True


def append_against(model_name: str, entry: Entry, compared: ModelVersion | None, lock: PromotionLock) -> Record | None:
    """Write an entry of the lock's holder; None where the champion is not the version that it was compared with.

    The end of the ledger is read first: the check finds whoever has broken the lock before, and whoever breaks it later
    writes behind the same end, which one of both cannot. A record that changes nothing, written without the lock in
    between, is no reason to give up.
    """
    while True:
        end = end_of(model_name)
        lock.check()
        if not is_same(find_champion(model_name), compared):
            return None
        written = append(model_name, entry, end)
        if written is not None:
            return written


def complete(model_name: str, lock: PromotionLock) -> bool:
    """Complete a move that was cut off after its record, and say so; return whether there was one.

    A version that was deleted since cannot become champion any more.
    """
    last = last_move(model_name)
    if last is None or last[0].carried_out:
        return False
    move = last[1]
    if number_of(find_champion(model_name)) not in (move.version, move.replaced):
        return False
    if move.version is not None and not is_about(move, versions_of(model_name).get(move.version)):
        return False
    champion = "no version" if move.version is None else f"version {move.version}"
    print(f"  record {move.number} was cut off: {champion} of {model_name} is champion now")
    follow(model_name, move, lock)
    return True


def follow(model_name: str, move: Record, lock: PromotionLock) -> None:
    """Let aliases and stages follow a record that names a champion, or that it was removed; again where cut off."""
    client = MlflowClient()
    if move.version is None:
        carry_out(model_name, move)
        return
    lock.check()
    client.set_registered_model_alias(model_name, CHAMPION, move.version)
    lock.check()
    before = predecessor(model_name, move)
    if before is None or before not in versions_of(model_name):  # it may have been deleted
        client.delete_registered_model_alias(model_name, PREVIOUS)
    else:
        client.set_registered_model_alias(model_name, PREVIOUS, before)
    client.delete_registered_model_alias(model_name, PENDING)  # compared with a champion that is one no longer
    lock.check()
    _into_production(model_name, move.version)
    carry_out(model_name, move)


def restore_stages(model_name: str) -> bool:
    """Put the champion alone into Production, where somebody moved versions by hand.

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
        _into_production(model_name, str(champion.version))
    moved = ", ".join(number for number in others if number != str(champion.version))
    print(
        f"  {model_name}'s champion, version {champion.version}, is now alone in Production"
        f"{f', and version {moved} is archived' if moved else ''}: versions had been moved by hand"
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
    return number_of(one) == number_of(other)


def about(entry: Entry, version: ModelVersion) -> Entry:
    """The entry with the version's number and its artifacts."""
    return entry.model_copy(update={"version": str(version.version), "artifacts": str(version.source or "")})


def is_about(record: Record, version: ModelVersion | None) -> bool:
    """Whether the record is about this version, and not about an earlier one of the same number.

    Numbers start at 1 again where a model is deleted and created anew; its ledger outlives it.
    """
    return record.version == number_of(version) and (
        version is None or record.artifacts in ("", str(version.source or ""))
    )


def number_of(version: ModelVersion | None) -> str | None:
    """The version's number as the ledger has it; None where there is no version."""
    return None if version is None else str(version.version)


def _into_production(model_name: str, version: str) -> None:
    """The champion in, then all others out: whoever asks for the stage in between finds a version there.

    MLflow's own archiving of the others fails on a server with PostgreSQL, as it compares a number with a text.
    """
    client = MlflowClient()
    client.transition_model_version_stage(model_name, version, Stage.production)
    for other in _in_production(model_name):
        if other != version:
            client.transition_model_version_stage(model_name, other, Stage.archived)


def _is_in_order(model_name: str) -> bool:
    champion = find_champion(model_name)
    return _in_production(model_name) == ([] if champion is None else [str(champion.version)])


def _in_production(model_name: str) -> list[str]:
    """The numbers of the versions in Production, in their order."""
    versions = versions_of(model_name)
    return sorted((each for each in versions if versions[each].current_stage == Stage.production), key=int)
