"""Make a version champion, through the gate; or move it to another stage."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import mlflow
import numpy as np
import typer
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from steps.evaluation.on_holdout import Evaluation, holdout, judge_model
from steps.features import SAMPLE, feature_table
from steps.quality.bootstrap import interval
from steps.quality.figures import cost_of
from steps.run.console import UserError, run
from steps.run.policy import Policy, read_policy
from steps.run.settings import Settings
from steps.tables.feature_table import FeatureTable
from steps.tables.home_credit import ID, TARGET
from steps.tracking.runs import connect, log_data, tracked_run

CHAMPION = "champion"


class Stage(StrEnum):
    """Where a version stands; Production is the champion's stage, and only the gate leads there."""

    staging = "Staging"
    production = "Production"
    archived = "Archived"


@dataclass(frozen=True)
class Check:
    """One condition of the gate: `said` is its finding in words."""

    name: str
    passed: bool
    said: str


def promote(table: FeatureTable, model_name: str, version: str = "", judged: Evaluation | None = None) -> bool:
    """Make the version (empty: the latest) champion where the gate lets it pass; return whether it did.

    `judged` is the version's evaluation on this table's held-out clients, if it has just been made.
    """
    policy = read_policy()
    with tracked_run("promote"):
        candidate = find_version(model_name, version)
        champion = find_champion(model_name)
        mlflow.set_tags({"model_name": model_name, "version": candidate.version})
        if champion is not None and champion.version == candidate.version:
            print(f"  {model_name} version {candidate.version} is the champion already")
            return True
        rows = holdout(table)
        log_data(table, rows, "gate")
        judged = judged or judge_model(uri(candidate), table, rows, policy.costs)
        reigning = judge_model(uri(champion), table, rows, policy.costs) if champion else None
        checks = gate(judged, reigning, policy)
        passed = all(check.passed for check in checks)
        mlflow.log_dict([vars(check) for check in checks], "gate.json")
        mlflow.set_tag("promoted", str(passed).lower())
        for check in checks:
            print(f"  {'passed' if check.passed else 'FAILED'}: {check.name}: {check.said}")
        if passed:
            crown(candidate, champion)
            print(f"  {model_name} version {candidate.version} is champion")
    return passed


def gate(judged: Evaluation, reigning: Evaluation | None, policy: Policy) -> list[Check]:
    """The conditions of policy.yaml for the candidate alone, and against the champion on the same clients."""
    figures, asked = judged.quality.figures, policy.promotion
    mlflow.log_metrics({f"candidate_{name}": value for name, value in figures.items()})
    allowed = max(asked.worst_calibration_error, figures["calibration_noise"])
    checks = [
        Check(
            "calibration",
            figures["calibration_error"] <= allowed,
            f"error {figures['calibration_error']:.4f}, at most {allowed:.4f}",
        ),
        Check(
            "business score",
            figures["business_score"] >= asked.least_business_score,
            f"{figures['business_score']:.4f}, at least {asked.least_business_score:.4f}",
        ),
    ]
    if reigning is not None:
        mlflow.log_metrics({f"champion_{name}": value for name, value in reigning.quality.figures.items()})
        checks.append(_not_dearer(judged, reigning, policy))
    return checks


def crown(candidate: ModelVersion, champion: ModelVersion | None) -> None:
    """Give the alias and the stage to the candidate; the version it replaces is archived."""
    client = MlflowClient()
    client.transition_model_version_stage(candidate.name, candidate.version, Stage.production)
    client.set_registered_model_alias(candidate.name, CHAMPION, candidate.version)
    if champion is not None:
        client.transition_model_version_stage(champion.name, champion.version, Stage.archived)


def find_version(model_name: str, version: str) -> ModelVersion:
    """The version by number, or the latest; raise `UserError` where there is none."""
    client = MlflowClient()
    versions = client.search_model_versions(f"name = '{_quotable(model_name)}'")
    if not versions:
        raise UserError(f"{model_name} has no versions: register one with `mlflow run . -e train`")
    known = {str(each.version): each for each in versions}
    if not version:
        return max(versions, key=lambda each: int(each.version))
    if version not in known:
        raise UserError(f"version: {model_name} has {', '.join(sorted(known, key=int))}, and no {version}")
    return known[version]


def find_champion(model_name: str) -> ModelVersion | None:
    """The version that is champion now, if there is one."""
    try:
        return MlflowClient().get_model_version_by_alias(model_name, CHAMPION)
    except MlflowException:
        return None


def _quotable(model_name: str) -> str:
    if "'" in model_name or not model_name:
        raise UserError(f"model_name: expected a name without quotes, got {model_name!r}")
    return model_name


def uri(version: ModelVersion) -> str:
    """The address that MLflow loads this version by."""
    return f"models:/{version.name}/{version.version}"


def _not_dearer(judged: Evaluation, reigning: Evaluation, policy: Policy) -> Check:
    """Paired on the same clients: what the candidate's decisions cost beyond the champion's."""
    settings = Settings()
    costs = [cost_of(each.probability, each.target, policy.costs, each.threshold) for each in (judged, reigning)]
    increase = costs[0] - costs[1]
    low, high = interval(
        lambda weights: np.average(increase, weights=weights),
        len(increase),
        settings.bootstraps,
        settings.seed,
    )
    mlflow.log_metrics({"cost_increase": float(increase.mean()), "cost_increase_low": low, "cost_increase_high": high})
    most = policy.promotion.worst_cost_increase
    said = f"{increase.mean():+.4f} a client ({low:+.4f} to {high:+.4f}), at most {most:+.4f}"
    return Check("cost against the champion", bool(increase.mean() <= most), said)


def move(model_name: str, version: str, stage: Stage) -> None:
    """Move a version to Staging or Archived; raise `UserError` for the champion, who must be replaced first."""
    connect()
    candidate, champion = find_version(model_name, version), find_champion(model_name)
    if champion is not None and champion.version == candidate.version:
        raise UserError(
            f"{model_name} version {candidate.version} is the champion: promote another version first, and it "
            "is archived"
        )
    MlflowClient().transition_model_version_stage(model_name, candidate.version, stage)
    print(f"  {model_name} version {candidate.version} is in {stage}")


def main(
    model_name: Annotated[str, typer.Option(help="Name of the registered model.")] = "credit-scoring",
    version: Annotated[str, typer.Option(help="Version to promote; the latest when empty.")] = "",
    stage: Annotated[Stage, typer.Option(help="Production makes it champion, if the gate lets it.")] = Stage.production,
    data: Annotated[str, typer.Option(help="Data whose held-out clients the gate judges by.")] = SAMPLE,
    target: Annotated[str, typer.Option(help="Column of a flat file: 1 for a default, 0 for none.")] = TARGET,
    id: Annotated[str, typer.Option(help="Column of a flat file that names the client.")] = ID,
) -> None:
    """Make a version champion where the gate of policy.yaml lets it pass, or move it to another stage.

    Ends with status 1 where the gate refuses. Example: python -m steps.promote --version 2
    """
    if stage is not Stage.production:
        move(model_name, version, stage)
    elif not promote(feature_table(data, target, id), model_name, version):
        raise typer.Exit(1)


if __name__ == "__main__":
    run(main)
