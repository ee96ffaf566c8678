"""A logged model loaded back, before it counts as a version: with its own code, and without pickle."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from custom_model.contract import Contract
from custom_model.model import decider
from custom_model.origin import Origin
from custom_model.scorecard import Scorecard
from custom_model.server.following.example import ANSWER
from custom_model.service import DecisionService
from steps.evaluation.in_subprocess import Score, score_in_subprocess
from steps.run.console import UserError

if TYPE_CHECKING:
    import lightgbm as lgb


def decision_on(
    booster: "lgb.Booster", scorecard: Scorecard, contract: Contract, example: Mapping[str, float | str | None]
) -> dict[str, Any]:
    """What the trained model decides on its example: decision, probability, threshold and expected costs."""
    trained = DecisionService(decider(contract, scorecard, booster, "trained"), Origin())
    (decision,) = trained.decide([dict(example)], {"reasons": "none", "simulate": True})
    return {name: value for name, value in decision.items() if name in ANSWER}


def check_loaded_back(
    model_uri: str,
    booster: "lgb.Booster",
    scorecard: Scorecard,
    contract: Contract,
    example: Mapping[str, float | str | None],
    score: Score = score_in_subprocess,
) -> None:
    """Raise `UserError` where the logged model cannot be loaded or decides the example unlike the trained one.

    Column names that MLflow, pydantic or a file format cannot keep are found here at the latest.
    """
    expected = decision_on(booster, scorecard, contract, example)
    try:
        nobody = pd.DataFrame([{contract.id: None, **example}])
        decided = score(model_uri, nobody)
    except UserError as error:
        raise UserError(f"the model was logged but not registered, as it does not work when loaded: {error}") from None
    answer = decided.decisions.iloc[0]
    wrong = [f"{name} {answer[name]!r} for {expected[name]!r}" for name in ANSWER if answer[name] != expected[name]]
    if wrong:
        raise UserError(
            f"the model was logged but not registered: loaded back, {model_uri} answers its example with "
            f"{', '.join(wrong)}"
        )
