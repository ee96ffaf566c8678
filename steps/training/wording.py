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
SAFE = {1: "low", -1: "high"}  # the side where the risk is lower, by the direction's sign


def rewordings(
    wording: Mapping[str, Sentences], texts: Mapping[str, ReasonText], contract: Contract, signs: Mapping[str, int]
) -> dict[str, Rewording]:
    """The policy's sentences for the features of a model, whose own are `texts` and whose directions are `signs`.

    Those of fields that the model does not use, as training chose, are checked, too, and named on the console.

    Raises
    ------
    UserError
        A sentence for what the feature never is: a level that training never saw, a low category, a value that is no
        number; or for the safe side of a feature with a direction, which no reason may name.
    """
    unused = [name for name in wording if name not in texts]
    if unused:
        print(f"  policy.yaml's wording {listed(unused, LISTED)}: this model does not use it")
    own = {name: each for name, each in checked_wording(wording, contract, signs).items() if name in texts}
    for name, rewording in own.items():
        for value in rewording.values:
            if _is_safe(value, texts[name], signs.get(name, 0)):
                raise _safe_side(name, f"its value {value:g}", signs[name])
    return own


def checked_wording(
    wording: Mapping[str, Sentences], contract: Contract, signs: Mapping[str, int]
) -> dict[str, Rewording]:
    """The sentences by the values of the matrix, for all fields of the contract and what derives from them.

    Raise `UserError` as `rewordings` does; before a training, it costs no time to be wrong.
    """
    return {
        name: Rewording(
            low=_of_side(name, "low", sentences.low, contract, signs),
            high=_of_side(name, "high", sentences.high, contract, signs),
            missing=sentences.missing,
            values={_value(name, value, contract): sentence for value, sentence in sentences.values.items()},
        )
        for name, sentences in wording.items()
        if name in contract.column_of or name in MOVES
    }


def _of_side(name: str, side: str, sentence: str | None, contract: Contract, signs: Mapping[str, int]) -> str | None:
    if sentence is not None and name in contract.categories:
        raise UserError(f"policy.yaml: wording: {name} is a text and never {side}: expected sentences of its `values`")
    if sentence is not None and SAFE.get(signs.get(name, 0)) == side:
        raise _safe_side(name, f"a {side} one", signs[name])
    return sentence


def _is_safe(value: float, text: ReasonText, sign: int) -> bool:
    """Whether a value lies on the side of a feature with a direction where the risk is lower; a flag has two."""
    if sign == 0:
        return False
    if text.values and {0.0, 1.0}.issuperset(text.values):
        return value == (0.0 if sign == 1 else 1.0)
    if text.below is None or text.above is None:
        return False
    return value < text.below if sign == 1 else value > text.above


def _safe_side(name: str, what: str, sign: int) -> UserError:
    return UserError(
        f"policy.yaml: wording: {name}: the risk never {'falls' if sign == 1 else 'rises'} as it grows, so {what} is "
        "no reason: expected no sentence for it"
    )


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
