"""The checks of a version itself, not of its decisions on clients: its contract, and a real server's answer."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from custom_model.model import SCORECARD
from custom_model.server.following.example import ANSWER, EXAMPLE, EXAMPLE_DECISION
from steps.evaluation.in_subprocess import score_in_subprocess
from steps.gate import answers, contracts
from steps.gate.answers import NONE_AHEAD, Ahead, Example, check_answers
from steps.gate.check import GO_BACK, Check, Verdict, verdict_of
from steps.gate.contracts import Accepted, check_contract
from steps.registry.versions import uri_of
from steps.run.console import UserError
from steps.run.policy import Gate


def check_version(
    candidate: ModelVersion, champion: ModelVersion | None, bounds: Gate, ahead: Ahead = NONE_AHEAD
) -> Verdict:
    """The candidate's contract against the champion's, its answer to its example, and its latency.

    An artifact of either that cannot be read fails. `ahead` has servers that may have started before.
    """
    try:
        accepted, example = parts_of(candidate)
    except UserError as error:
        silent = Check(answers.NAME, False, str(error), "its example answered", advice=answers.BROKEN)
        return verdict_of([silent], {}, ["contract and latency: the version cannot be read"])
    if champion is None:
        without = verdict_of([], {}, ["contract: there is no champion to compare it with"])
        return without.joined(check_answers(example, None, bounds, ahead=ahead))
    try:
        accepted_before, example_before = parts_of(champion)
    except UserError as error:
        unknown = verdict_of([Check(contracts.NAME, False, str(error), advice=GO_BACK)], {})
        return unknown.joined(check_answers(example, None, bounds, "the champion cannot be read", ahead))
    contract = verdict_of([check_contract(accepted, accepted_before)], {})
    return contract.joined(check_answers(example, example_before, bounds, ahead=ahead))


def parts_of(version: ModelVersion) -> tuple[Accepted, Example]:
    """What a version accepts, and its example; raise `UserError` where its artifact cannot be read."""
    uri = uri_of(version)
    try:
        model = mlflow.models.get_model_info(uri)
        flavor = model.flavors["python_function"]
        with tempfile.TemporaryDirectory(prefix="credit-scoring-") as folder:
            scorecard = _json(f"{uri}/{flavor['artifacts'][SCORECARD]['path']}", folder)
            (application,) = _json(f"{uri}/{EXAMPLE}", folder)["inputs"]
        contract = flavor["config"]["contract"]
        accepted = Accepted(
            contract,
            scorecard.get("ranges", {}),
            scorecard.get("rules", {}).get("request_threshold", "simulate"),
            bool(scorecard.get("alternatives")),
        )
    except (MlflowException, OSError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"{uri} cannot be read ({type(error).__name__}): expected its contract, scorecard and example in the "
            "artifact store"
        ) from error
    decision = (model.metadata or {}).get(EXAMPLE_DECISION) or _decided(uri, contract["id"], application)
    return accepted, Example(application, decision, uri)


def _json(uri: str, folder: str) -> Any:
    return json.loads(Path(mlflow.artifacts.download_artifacts(uri, dst_path=folder)).read_text("utf-8"))


def _decided(uri: str, identity: str, application: Mapping[str, Any]) -> dict[str, Any]:
    """The decision on the example by the version's own code, where none was logged with it."""
    decided = score_in_subprocess(uri, pd.DataFrame([{identity: None, **application}]))
    answer = decided.decisions.iloc[0]
    return {name: getattr(answer[name], "item", lambda name=name: answer[name])() for name in ANSWER}
