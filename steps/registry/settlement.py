"""The registry brought in line with its ledger, before a command acts on it: what was cut off, or done by hand."""

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion

from steps.ledger.chain import problems
from steps.ledger.moves import last_move, pending
from steps.ledger.records import Entry, Event, Outcome, Record, filed
from steps.registry.champion import (
    CUT_OFF,
    about,
    append_against,
    complete,
    follow,
    is_about,
    number_of,
    restore_stages,
)
from steps.registry.promotion_lock import PromotionLock, promotion_lock
from steps.registry.versions import PENDING, find_champion, find_version, registry_errors, versions_of

BY_HAND = "the alias was moved outside of these commands"
BEFORE = "it was champion before the ledger began"


def settle(model_name: str) -> None:
    """Complete a move that was cut off, record a champion that was set by hand, and say what the ledger lacks.

    Raise `UserError` where the model has no versions, or the registry fails.
    """
    find_version(model_name)
    with registry_errors(f"read the ledger of {model_name}"):
        for problem in problems(model_name, list(filed(model_name))):
            print(f"  warning: the ledger of {model_name} is not whole: {problem}")
        is_settled = _is_settled(model_name)
    if not is_settled:
        task = f"bring {model_name} in line with its ledger"
        with registry_errors(task, CUT_OFF), promotion_lock(model_name) as lock:
            # Another may have done so while this one waited.
            if not _is_settled(model_name) and not complete(model_name, lock):
                _record_present(model_name, lock)
    restore_stages(model_name)
    _restore_pending(model_name)


def settled_champion(model_name: str) -> ModelVersion | None:
    """The champion once the registry is in line with its ledger; None where there is none."""
    settle(model_name)
    return find_champion(model_name)


def _is_settled(model_name: str) -> bool:
    last, champion = last_move(model_name), find_champion(model_name)
    if last is None:
        return champion is None
    filed_move, move = last
    return filed_move.carried_out and is_about(move, champion)


def _record_present(model_name: str, lock: PromotionLock) -> None:
    """Put the champion that there is on record, and say so."""
    last, champion = last_move(model_name), find_champion(model_name)
    move = None if last is None else last[1]
    found = Entry(
        event=Event.found,
        outcome=Outcome.champion,
        version=number_of(champion),
        replaced=None if move is None else move.version,
        reason=_reason(model_name, move),
    )
    if champion is not None:
        found = about(found, champion)
    written = append_against(model_name, found, champion, lock)
    if written is None:  # moved by hand at this moment: the next command says so
        return
    named = "none" if champion is None else f"version {champion.version}"
    print(f"  the champion of {model_name} is {named}: {found.reason}; record {written.number} says so")
    follow(model_name, written, lock)


def _reason(model_name: str, move: Record | None) -> str:
    if move is None:
        return BEFORE
    if move.version is not None and not is_about(move, versions_of(model_name).get(move.version)):
        return f"version {move.version} was deleted"
    return BY_HAND


def _restore_pending(model_name: str) -> None:
    """The alias `pending` on the version that waits for approval, and on no other."""
    with registry_errors(f"mark the pending version of {model_name}"):
        if _is_marked(model_name):
            return
        with promotion_lock(model_name) as lock:  # who lets a version wait marks it after its record
            waiting, marked, client = _waiting(model_name), _marked(model_name), MlflowClient()
            lock.check()
            if waiting is not None and waiting.version is not None and waiting.version != marked:
                client.set_registered_model_alias(model_name, PENDING, waiting.version)
                print(f"  version {waiting.version} of {model_name} waits for approval (record {waiting.number})")
            elif waiting is None and marked is not None:
                client.delete_registered_model_alias(model_name, PENDING)
                print(f"  version {marked} of {model_name} does not wait for approval by its ledger, or no longer")


def _is_marked(model_name: str) -> bool:
    waiting = _waiting(model_name)
    return _marked(model_name) == (None if waiting is None else waiting.version)


def _waiting(model_name: str) -> Record | None:
    """The record of the version that waits for approval, if that was not deleted."""
    record = pending(model_name)
    if record is None or record.version is None:
        return None
    return record if is_about(record, versions_of(model_name).get(record.version)) else None


def _marked(model_name: str) -> str | None:
    version = MlflowClient().get_registered_model(model_name).aliases.get(PENDING)
    return None if version is None else str(version)
