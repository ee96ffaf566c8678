"""policy.yaml's `wording`: sentences in place of a feature's own, checked against what the model can say."""

from collections.abc import Mapping
from math import isfinite, nan

from custom_model.contract import Contract
from custom_model.expectations import nearest
from custom_model.scorecard import ReasonText, Rewording
from steps.run.console import UserError, listed
from steps.run.policy import Sentences
from steps.training.derived_moves import MOVES

LISTED = 5  # features that a line names


def rewordings(
    wording: Mapping[str, Sentences], texts: Mapping[str, ReasonText], contract: Contract
) -> dict[str, Rewording]:
    """The policy's sentences for the features of a model, whose own are `texts`.

    Those of fields that the model does not use, as training chose, are checked, too, and named on the console.

    Raises
    ------
    UserError
        A sentence for what the feature never is: a level that training never saw, a low category, a value that is no
        number.
    """
    unused = [name for name in wording if name not in texts]
    if unused:
        print(f"  policy.yaml's wording {listed(unused, LISTED)}: this model does not use it")
    return {name: each for name, each in checked_wording(wording, contract).items() if name in texts}


def checked_wording(wording: Mapping[str, Sentences], contract: Contract) -> dict[str, Rewording]:
    """The sentences by the values of the matrix, for all fields of the contract and what derives from them.

    Raise `UserError` as `rewordings` does; before a training, it costs no time to be wrong.
    """
    return {
        name: Rewording(
            low=_directed(name, "low", sentences.low, contract),
            high=_directed(name, "high", sentences.high, contract),
            missing=sentences.missing,
            values={_value(name, value, contract): sentence for value, sentence in sentences.values.items()},
        )
        for name, sentences in wording.items()
        if name in contract.column_of or name in MOVES
    }


def _directed(name: str, side: str, sentence: str | None, contract: Contract) -> str | None:
    if sentence is not None and name in contract.categories:
        raise UserError(f"policy.yaml: wording: {name} is a text and never {side}: expected sentences of its `values`")
    return sentence


def _value(name: str, value: str, contract: Contract) -> float:
    """The number of a value in the matrix: a level's code, or the number itself."""
    codes = contract.codes.get(name)
    if codes is not None:
        if value not in codes:
            raise UserError(
                f"policy.yaml: wording: {name} is never {value!r}: expected one of {', '.join(codes)}"
                f"{nearest(value, list(codes))}"
            )
        return codes[value]
    try:
        number = float(value)
    except ValueError:
        number = nan
    if not isfinite(number):
        raise UserError(f"policy.yaml: wording: {name} is a number: expected one of its values, got {value!r}")
    return number
