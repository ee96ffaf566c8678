"""policy.yaml's `alternatives`: what may move for a refused client is the loan, never the person."""

from collections.abc import Collection, Mapping

from custom_model.alternatives import Move
from custom_model.contract import Contract
from custom_model.meanings import Meaning
from custom_model.ranges import Range
from steps.run.console import UserError, listed

LISTED = 5  # fields that a line names
LOAN = "LOAN_AMOUNT"  # the topic of credit, annuity and price of the goods


def loan_moves(
    moves: Mapping[str, Move],
    contract: Contract,
    meanings: Mapping[str, Meaning],
    ranges: Mapping[str, Range],
    protected: Collection[str],
) -> dict[str, Move]:
    """The policy's moves of the fields that an application has; the others are named on the console.

    Parameters
    ----------
    moves : mapping of str to Move
        Of policy.yaml, by field.
    contract, meanings, ranges
        Of the model. A field whose topic is its own name is a lender's own: the policy alone knows what it is.
    protected : collection of str
        The policy's protected attributes.

    Raises
    ------
    UserError
        A field that is no amount of the loan: of the client, of past loans, protected, a text, or one with values that
        have a meaning of their own.
    """
    lacking = sorted({name for name, move in moves.items() for name in (name, *move.in_proportion)}
                     - set(contract.fields))  # fmt: skip
    if lacking:
        print(f"  policy.yaml's alternatives {listed(lacking, LISTED)}: this model's applications lack these fields")
    kept = {
        name: move.model_copy(
            update={"in_proportion": tuple(each for each in move.in_proportion if each in contract.column_of)}
        )
        for name, move in moves.items()
        if name in contract.column_of
    }
    for name, move in kept.items():
        for each in (name, *move.in_proportion):
            reason = _personal(each, contract, meanings, ranges, protected)
            if reason:
                raise UserError(f"policy.yaml: alternatives.{name}: expected fields of the loan, got {each}, {reason}")
    return kept


def _personal(
    name: str,
    contract: Contract,
    meanings: Mapping[str, Meaning],
    ranges: Mapping[str, Range],
    protected: Collection[str],
) -> str:
    """Why the field is no amount of the loan; empty where it may be one."""
    if name in protected:
        return "a protected attribute"
    if name in contract.history:
        return "which is of past loans"
    if name in contract.categories:
        return "a text"
    meaning = meanings.get(name)
    if meaning is not None and meaning.topic not in (LOAN, name):
        return f"which is about the client: {meaning.description[0].lower()}{meaning.description[1:].rstrip('.')}"
    if name in ranges and ranges[name].special:
        return "which has values with a meaning of their own"
    return ""
