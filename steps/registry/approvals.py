"""Approval by others than who promoted: a version that passed the gate waits for it under the alias `pending`."""

from dataclasses import dataclass

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion

from steps.ledger.actor import acting, person_in
from steps.ledger.moves import approvers, pending
from steps.ledger.records import Entry, Outcome, Record
from steps.registry.champion import CUT_OFF, about, append_against, complete, is_about, number_of, take_over
from steps.registry.promotion_lock import PromotionLock, promotion_lock
from steps.registry.versions import PENDING, find_champion, find_version, registry_errors
from steps.run.console import UserError


def await_approval(candidate: ModelVersion, compared: ModelVersion | None, entry: Entry, approvals: int) -> bool:
    """Let the candidate wait for so many approvals; return False where another version became champion meanwhile."""
    name = candidate.name
    with registry_errors(f"let {name} version {candidate.version} wait", CUT_OFF), promotion_lock(name) as lock:
        complete(name, lock)
        waiting = {"outcome": Outcome.pending, "replaced": number_of(compared), "approvals": approvals}
        if append_against(name, about(entry, candidate).model_copy(update=waiting), compared, lock) is None:
            return False
        MlflowClient().set_registered_model_alias(name, PENDING, candidate.version)
    return True


@dataclass(frozen=True)
class Approved:
    """A version that was approved, and the number of approvals that it still needs; 0: it is champion."""

    version: str
    missing: int


def approve(model_name: str, version: str, policy: str, entry: Entry) -> Approved:
    """Approve the pending version; the last approval makes it champion.

    Parameters
    ----------
    model_name, version
        The model, and the number of its pending version; empty: whichever waits.
    policy
        Digest of today's policy: another one than the gate's needs another judgement.
    entry
        The entry of the ledger.

    Raises
    ------
    UserError
        No such version waits; whoever approves promoted it or has approved it already; champion or policy have changed
        since the gate; or the registry failed.
    """
    task = f"approve {model_name} version {version or 'pending'}"
    with registry_errors(task, CUT_OFF), promotion_lock(model_name) as lock:  # of two at once, one is the last
        return _approved(model_name, version, policy, entry, lock)


def _approved(model_name: str, version: str, policy: str, entry: Entry, lock: PromotionLock) -> Approved:
    waiting = _waiting(model_name, version)
    given = approvers(model_name, waiting)
    _check_actor(waiting, given)
    if waiting.policy != policy:
        raise _judge_again(waiting, "policy.yaml has changed")
    candidate, champion = find_version(model_name, str(waiting.version)), find_champion(model_name)
    if not is_about(waiting, candidate):
        raise _judge_again(waiting, "the version of this number is another")
    if number_of(champion) != waiting.replaced:
        raise _judge_again(waiting, "the champion is another")
    approval = about(entry, candidate).model_copy(update={"approves": waiting.number})
    missing = waiting.approvals - len(given) - 1
    if missing > 0:
        approval = approval.model_copy(update={"outcome": Outcome.approved})
        is_written = append_against(model_name, approval, champion, lock) is not None
    else:
        is_written = take_over(candidate, champion, approval, lock)
    if not is_written:
        raise _judge_again(waiting, "the champion is another")
    return Approved(str(candidate.version), max(missing, 0))


def _waiting(model_name: str, version: str) -> Record:
    waiting = pending(model_name)
    if waiting is None or version not in ("", waiting.version):
        waits = "none waits" if waiting is None else f"version {waiting.version} does"
        raise UserError(
            f"version: expected one of {model_name} that waits for approval: {waits}; `promote` with "
            "`promotion.approvals` in policy.yaml lets a version wait that passes the gate"
        )
    return waiting


def _check_actor(waiting: Record, given: list[str]) -> None:
    who = person_in(acting())
    if who == person_in(waiting.who):
        raise UserError(
            f"version {waiting.version} was promoted by {who}: expected the approval of another person (the name is "
            "MLFLOW_TRACKING_USERNAME's, else the system user's)"
        )
    if who in map(person_in, given):
        raise UserError(f"version {waiting.version} has the approval of {who} already: expected that of another person")


def _judge_again(waiting: Record, reason: str) -> UserError:
    return UserError(
        f"version {waiting.version} passed the gate in record {waiting.number}, but {reason} since: promote it again, "
        "which judges it anew"
    )
