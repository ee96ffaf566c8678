"""What a person may do with a version, what will happen, and the command that does it."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from desk.models.sentence import Sentence
from desk.models.standing import Model, Standing
from steps.ledger.actor import person_in
from steps.registry.attempt import policy_digest
from steps.run.policy import Policy

JUDGE = "judge"  # kind of an order: the dry run of a promotion
FOLLOWED = 10  # seconds after which a server asks again where its alias points, unless --follow says otherwise


class Kind(StrEnum):
    """The actions."""

    approve = "approve"
    promote = "promote"
    rollback = "rollback"


class Reason(StrEnum):
    """Whether the ledger asks why: always, not at all, or where the gate is overruled."""

    required = "required"
    optional = "optional"
    overruling = "overruling"


REASONS = {Kind.approve: Reason.optional, Kind.promote: Reason.overruling, Kind.rollback: Reason.required}


@dataclass(frozen=True)
class Confirmation:
    """What is asked before an action.

    Attributes
    ----------
    kind, version, champion
        The action, its version, and the champion that it was shown beside; empty: none.
    happens
        Sentences that name what will happen.
    barred
        Why this person may not do so now; None: they may.
    data
        The data that the gate judges on, as promote's options; empty: the page asks for it.
    """

    kind: Kind
    version: str
    champion: str
    happens: list[Sentence]
    barred: Sentence | None = None
    data: Mapping[str, str] = field(default_factory=dict)

    @property
    def reason(self) -> Reason:
        return REASONS[self.kind]

    @property
    def asks_data(self) -> bool:
        return self.kind is Kind.promote and not self.data


def kinds_of(model: Model, version: str) -> list[Kind]:
    """What can be done with a version as it stands."""
    standing = model.standing(version)
    if standing is Standing.champion:
        return []
    found = [Kind.approve, Kind.promote] if standing is Standing.pending else [Kind.promote]
    return [*found, Kind.rollback] if version in model.decided else found


def confirmation(
    kind: Kind, model: Model, version: str, person: str, policy: Policy, data: Mapping[str, str]
) -> Confirmation:
    """What the action would do, for this person.

    Parameters
    ----------
    policy
        Today's: how many approvals a version which passes the gate waits for, and whether it was judged by this one.
    data
        The data of the version, as promote's options.
    """
    champion = model.champion or ""
    if kind is Kind.approve:
        return Confirmation(kind, version, champion, _approved(model, version), _barred(model, person, policy))
    if kind is Kind.promote:
        return Confirmation(
            kind, version, champion, _promoted(model, version, policy.promotion.approvals, data), data=data
        )
    return Confirmation(kind, version, champion, [_replaced(model, version), Sentence("models.happens.no_gate")])


def command(
    kind: Kind, model_name: str, version: str, reason: str, data: Mapping[str, str], judge_only: bool = False
) -> list[str]:
    """The arguments of the command; a value cannot be taken for an option, as it follows its own with an =."""
    module = {Kind.approve: "steps.approve", Kind.promote: "steps.promote", Kind.rollback: "steps.rollback"}[kind]
    options = {"model-name": model_name, "version": version}
    if kind is Kind.promote:
        options |= dict(data)
        options |= {"dry-run": "true"} if judge_only else {"force": reason} if reason else {}
    elif reason:
        options["reason"] = reason
    return [sys.executable, "-m", module, *(f"--{name}={value}" for name, value in options.items())]


def usable(data: Mapping[str, str]) -> dict[str, str]:
    """The options that give a version's data again; empty where this machine has no such file or folder."""
    place = data.get("data", "")
    return dict(data) if place == "sample" or os.path.exists(place) else {}


def _approved(model: Model, version: str) -> list[Sentence]:
    waiting = model.waiting
    missing = 0 if waiting is None else waiting.approvals - len(model.approved_by) - 1
    if missing > 0:
        return [Sentence("models.happens.more_approvals", {"version": version, "missing": missing})]
    return [Sentence("models.happens.last_approval"), _replaced(model, version)]


def _promoted(model: Model, version: str, approvals: int, data: Mapping[str, str]) -> list[Sentence]:
    judged = Sentence("models.happens.judged", {"version": version})
    if data:
        judged = Sentence("models.happens.judged_on", {"version": version, "data": data["data"]})
    if approvals:
        return [judged, Sentence("models.happens.waits", {"version": version, "approvals": approvals})]
    return [judged, Sentence("models.happens.if_passed"), _replaced(model, version)]


def _replaced(model: Model, version: str) -> Sentence:
    if model.champion is None:
        return Sentence("models.happens.first", {"version": version, "seconds": FOLLOWED})
    values = {"version": version, "champion": model.champion, "seconds": FOLLOWED}
    return Sentence("models.happens.replaces", values)


def _barred(model: Model, person: str, policy: Policy) -> Sentence | None:
    """Four eyes, on what the gate judged: neither who promoted it nor who has approved it already."""
    waiting = model.waiting
    if waiting is not None and (waiting.policy != policy_digest(policy) or waiting.replaced != model.champion):
        return Sentence("models.barred.changed")
    if waiting is not None and person_in(waiting.who) == person_in(person):
        return Sentence("models.barred.promoted", {"who": person})
    if person_in(person) in map(person_in, model.approved_by):
        return Sentence("models.barred.approved", {"who": person})
    return None
