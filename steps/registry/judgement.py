"""A candidate judged: its own and the champion's decisions on the same clients, and the version itself."""

from dataclasses import dataclass

import numpy as np
from mlflow.entities.model_registry import ModelVersion

from steps.evaluation.on_holdout import Evaluation, evaluate_model
from steps.gate.answers import NONE_AHEAD, Ahead
from steps.gate.assessment import assess, assess_alone, groups_of
from steps.gate.check import GO_BACK, Check, Verdict, verdict_of
from steps.registry.replay_check import check_on_record
from steps.registry.version_checks import check_version
from steps.registry.versions import uri_of
from steps.run.console import UserError
from steps.run.policy import Policy
from steps.run.settings import Settings
from steps.tables.feature_table import FeatureTable

UNUSABLE = (
    "look for its artifacts in the store; a version in a pickle, or that cannot be loaded or decide these clients, is "
    "trained again: no reason overrules this"
)


@dataclass(frozen=True)
class Judgement:
    """What the gate found.

    Attributes
    ----------
    verdict
        All checks of the candidate.
    evaluation
        Its decisions on the held-out clients; None where it does not decide them: then no other check could be asked,
        and no reason overrules the verdict.
    """

    verdict: Verdict
    evaluation: Evaluation | None


def judge(
    candidate: ModelVersion,
    champion: ModelVersion | None,
    table: FeatureTable,
    rows: np.ndarray,
    policy: Policy,
    settings: Settings,
    evaluation: Evaluation | None = None,
    ahead: Ahead = NONE_AHEAD,
) -> Judgement:
    """Judge the candidate for itself and, on the same clients, against the champion.

    Whatever keeps either from deciding them is a failed check, and so on record.

    Parameters
    ----------
    candidate, champion
        Versions of one model; None: there is no champion.
    table, rows
        The clients: rows of the table, as booleans or numbers.
    evaluation
        The candidate's on these rows, where it was evaluated before.
    ahead
        Servers of either that have started before.
    """
    try:
        own = evaluation or evaluate_model(uri_of(candidate), table, rows, policy.costs, settings)
    except UserError as error:
        return Judgement(verdict_of([_evaluated(False, str(error))], {}), None)
    decided = verdict_of([_evaluated(True, f"{len(own.target):,} clients decided by the version's own code")], {})
    verdict = decided.joined(_on_clients(own, champion, table, rows, policy, settings))
    verdict = verdict.joined(check_version(candidate, champion, policy.promotion, ahead))
    return Judgement(verdict.joined(check_on_record(candidate, champion, policy.promotion, settings)), own)


def _on_clients(
    own: Evaluation,
    champion: ModelVersion | None,
    table: FeatureTable,
    rows: np.ndarray,
    policy: Policy,
    settings: Settings,
) -> Verdict:
    groups = groups_of(own, table, policy)
    try:
        compared = evaluate_model(uri_of(champion), table, rows, policy.costs, settings) if champion else None
    except UserError as error:
        broken = Check("comparison with the champion", False, str(error), "both decide the same clients", "", GO_BACK)
        alone = assess_alone(own, policy, settings.bootstraps, settings.seed, groups)
        return alone.joined(verdict_of([broken], {}))
    return assess(own, compared, policy, settings.bootstraps, settings.seed, groups)


def _evaluated(passed: bool, found: str) -> Check:
    return Check("evaluation", passed, found, "each held-out client, without pickle", "", UNUSABLE)
