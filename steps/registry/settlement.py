"""The registry brought in line with its ledger, before a command acts on it: what was cut off, or done by hand."""

from collections.abc import Iterator

from mlflow import MlflowClient

from steps.registry.champion import CUT_OFF, follow, number_of, restore_stages
from steps.registry.ledger import Entry, Event, Outcome, append, filed
from steps.registry.ledger_chain import problems
from steps.registry.ledger_moves import last_move, pending
from steps.registry.promotion_lock import PromotionLock, promotion_lock
from steps.registry.versions import PENDING, find_champion, registry_errors

BY_HAND = "the alias was moved outside of these commands"
BEFORE = "it was champion before the ledger began"


def settle(model_name: str) -> None:
    """Complete a move that was cut off, record a champion that was set by hand, and say what the ledger lacks.

    Raise `UserError` where the registry fails.
    """
    with registry_errors(f"read the ledger of {model_name}"):
        for problem in problems(model_name, list(filed(model_name))):
            print(f"  warning: the ledger of {model_name} is not whole: {problem}")
        is_settled = _is_settled(model_name)
    if not is_settled:
        task = f"bring {model_name} in line with its ledger"
        with registry_errors(task, CUT_OFF), promotion_lock(model_name) as lock:
            if not _is_settled(model_name):  # another may have done so while this one waited
                for line in _settled(model_name, lock):
                    print(f"  {line}")
    restore_stages(model_name)
    _restore_pending(model_name)


def _is_settled(model_name: str) -> bool:
    last, champion = last_move(model_name), number_of(find_champion(model_name))
    if last is None:
        return champion is None
    filed_move, move = last
    return filed_move.carried_out and move.version == champion


def _settled(model_name: str, lock: PromotionLock) -> Iterator[str]:
    """Settle it, and say how."""
    last, champion = last_move(model_name), number_of(find_champion(model_name))
    if last is not None and not last[0].carried_out and champion in (last[1].version, last[1].replaced):
        yield f"record {last[1].number} was cut off: version {last[1].version} of {model_name} is champion now"
        follow(model_name, last[1], lock)
        return
    before = None if last is None else last[1].version
    found = Entry(
        event=Event.found,
        outcome=Outcome.champion,
        version=champion,
        replaced=before,
        reason=BEFORE if last is None else BY_HAND,
    )
    lock.check()
    written = append(model_name, found, next(filed(model_name), None))
    if written is None:
        return
    named = "none" if champion is None else f"version {champion}"
    yield f"the champion of {model_name} is {named}: {found.reason}; record {written.number} says so"
    follow(model_name, written, lock)


def _restore_pending(model_name: str) -> None:
    """The alias of a version that waits for approval, where whoever recorded it was cut off before it."""
    with registry_errors(f"mark the pending version of {model_name}"):
        waiting, client = pending(model_name), MlflowClient()
        alias = client.get_registered_model(model_name).aliases.get(PENDING)
        if waiting is not None and waiting.version is not None and str(alias) != waiting.version:
            client.set_registered_model_alias(model_name, PENDING, waiting.version)
            print(f"  version {waiting.version} of {model_name} waits for approval (record {waiting.number})")
