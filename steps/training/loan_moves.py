"""policy.yaml's `alternatives`: what may move for a refused client is the loan, never the person."""

from collections.abc import Collection, Mapping, Sequence

from custom_model.alternatives import Move
from custom_model.contract import Contract
from custom_model.features import Features
from custom_model.meanings import Meaning
from steps.run.console import UserError, listed
from steps.run.policy import Policy

LISTED = 5  # fields that a line names
LOAN = "LOAN_AMOUNT"  # the topic of credit, annuity and price of the goods


def loan_moves(
    policy: Policy, contract: Contract, meanings: Mapping[str, Meaning], names: Sequence[str]
) -> dict[str, Move]:
    """The policy's moves for a model with the features `names`; those that no decision depends on are reported.

    Raise `UserError` as `checked_moves` does.
    """
    moves = checked_moves(policy, contract, meanings)
    inputs = Features(contract, names).inputs
    idle = [
        field for field, move in moves.items() if inputs.isdisjoint((field, *move.in_proportion))
    ]  # no decision depends on them
    if idle:
        print(f"  policy.yaml's alternatives {listed(idle, LISTED)}: this model does not use it, so none is ever found")
    return moves


def lacking_fields(policy: Policy, fields: Collection[str]) -> list[str]:
    """The fields of the policy's moves that are not among `fields`, sorted."""
    wanted = {name for field, move in policy.alternatives.items() for name in (field, *move.in_proportion)}
    return sorted(wanted.difference(fields))


def checked_moves(policy: Policy, contract: Contract, meanings: Mapping[str, Meaning]) -> dict[str, Move]:
    """The policy's moves of the fields that an application has; before a training, it costs no time to be wrong.

    A field whose topic is its own name is a lender's own: the policy alone knows that it is the loan's.

    Raises
    ------
    UserError
        A field that is no amount of the loan: about the client, of past loans, protected, a text, or one with values
        that have a meaning of their own.
    """
    moves = {
        name: move.model_copy(
            update={"in_proportion": tuple(each for each in move.in_proportion if each in contract.column_of)}
        )
        for name, move in policy.alternatives.items()
        if name in contract.column_of
    }
    for name, move in moves.items():
        for each in (name, *move.in_proportion):
            reason = _objection(each, policy, contract, meanings.get(each))
            if reason:
                raise UserError(f"policy.yaml: alternatives.{name}: expected amounts of the loan, got {each}, {reason}")
        if name in move.in_proportion:
            raise UserError(f"policy.yaml: alternatives.{name}: expected other fields in proportion than {name} itself")
    return moves


def _objection(name: str, policy: Policy, contract: Contract, meaning: Meaning | None) -> str:
    """Why the field is no amount of the loan; empty where it may be one."""
    if name in policy.protected_attributes:
        return "a protected attribute"
    if name in contract.history:
        return "which is of past loans"
    if name in contract.categories:
        return "a text"
    if meaning is not None and meaning.topic not in (LOAN, name):
        return f"which is of the client: {meaning.description[0].lower()}{meaning.description[1:].rstrip('.')}"
    if meaning is not None and meaning.special:
        return "which has values with a meaning of their own"
    return ""
