"""Make a version champion, through the gate; or move it to another stage."""

from typing import Annotated

import mlflow
import typer
from mlflow.entities.model_registry import ModelVersion

from steps.evaluation.on_holdout import Evaluation, evaluate_model, holdout
from steps.features import SAMPLE, feature_table
from steps.registry.champion import is_same, make_champion, move, restore_stages
from steps.registry.compatibility import check_same_lender
from steps.registry.gate import Verdict, assess
from steps.registry.names import checked_version, chosen_model_name
from steps.registry.readings import version_reading
from steps.registry.version_record import gate_facts, record, record_held_out, version_link
from steps.registry.versions import Stage, find_champion, find_version, uri_of
from steps.run.console import run
from steps.run.options import Data, Default, Identity, Leaks, ModelName, Target
from steps.run.policy import Policy, read_policy
from steps.run.settings import Engine, LeaksTreatment, Settings
from steps.tables.feature_table import FeatureTable
from steps.tables.home_credit import ID, TARGET
from steps.tracking.runs import describe_run, end_failed, log_data, log_params, rename_run, tracked_run
from steps.training.holdout import report_holdout
from steps.training.ranges import decidable


def promote(
    table: FeatureTable,
    model_name: str,
    settings: Settings,
    policy: Policy,
    version: str = "",
    evaluation: Evaluation | None = None,
) -> bool:
    """Make the version (empty: the latest) champion where it passes the gate; return whether it is champion.

    `evaluation` is the version's on this table's held-out clients; None: it is evaluated here. Where another version
    becomes champion during the comparison, the candidate is compared with that one, too.
    """
    with tracked_run("promote", f"{model_name}/{version or 'latest'}", settings.tracking_uri):
        candidate = find_version(model_name, version)
        rename_run(f"promote {model_name}/{candidate.version}")
        log_params(
            **table.parameters, model_name=model_name, version=str(candidate.version), stage=Stage.production.value
        )
        check_same_lender(table, model_name)
        mlflow.set_tags({"model_name": model_name, "version": candidate.version})
        restore_stages(model_name)
        rows = holdout(table, settings.holdout_percent)
        report_holdout(table, rows)
        log_data(table, rows, "gate")
        while not is_same(champion := find_champion(model_name), candidate):
            if evaluation is None:
                evaluation = evaluate_model(uri_of(candidate), table, rows, policy.costs, settings)
                record_held_out(model_name, candidate.version, evaluation, table, settings)
            compared = evaluate_model(uri_of(champion), table, rows, policy.costs, settings) if champion else None
            verdict = assess(evaluation, compared, policy, settings.bootstraps, settings.seed)
            _report(verdict)
            describe_run(_described(model_name, candidate.version, verdict))
            record(model_name, candidate.version, gate_facts(verdict))
            if not verdict.passed:
                _print_refusal(candidate, champion)
                end_failed()
                return False
            if make_champion(candidate, champion):
                print(f"  {model_name} version {candidate.version} is champion")
                return True
            print("  another version became champion during the comparison: the gate compares with that one")
        print(f"  {model_name} version {candidate.version} is the champion already")
        describe_run(f"{version_link(model_name, candidate.version)} is the champion already.")
    return True


def _print_refusal(candidate: ModelVersion, champion: ModelVersion | None) -> None:
    kept = "there is no champion" if champion is None else f"version {champion.version} stays champion"
    print(f"  {candidate.name} version {candidate.version} did not pass the gate: {kept}; policy.yaml has its limits")


def _described(model_name: str, version: str, verdict: Verdict) -> str:
    """The verdict in Markdown, check by check."""
    result = "passed the gate" if verdict.passed else "did not pass the gate"
    lines = [
        f"- {'passed' if check.passed else '**failed**'}: {check.name}: {check.finding}" for check in verdict.checks
    ]
    return "\n".join([f"{version_link(model_name, version)} {result}.", "", *lines])


def _report(verdict: Verdict) -> None:
    """The verdict in the run, and on the console."""
    mlflow.log_metrics(verdict.metrics)
    mlflow.log_dict([vars(check) for check in verdict.checks], "gate.json")  # type: ignore[arg-type]  # a list works
    mlflow.set_tag("promoted", str(verdict.passed).lower())
    for check in verdict.checks:
        print(f"  {'passed' if check.passed else 'FAILED'}: {check.name}: {check.finding}")


def main(
    model_name: ModelName = "",
    version: Annotated[str, typer.Option(help="Version to promote; empty: the latest.")] = "",
    stage: Annotated[
        Stage, typer.Option(help="Production makes it champion, if it passes the gate.")
    ] = Stage.production,
    data: Data = SAMPLE,
    target: Target = TARGET,
    id: Identity = ID,
    default: Default = "",
    leaks: Leaks = LeaksTreatment.described,
) -> None:
    """Make a version champion where it passes the gate of policy.yaml, or move it to another stage.

    The gate compares models on the held-out clients of `data`. Exit status 1: the version did not pass.

    Example: python -m steps.promote --version 2
    """
    settings, policy = Settings(), read_policy()
    checked_version(version)
    model_name = chosen_model_name(model_name, data)
    if stage is not Stage.production:
        with tracked_run("promote", f"{model_name}/{version or 'latest'}", settings.tracking_uri):
            moved = move(model_name, version, stage)
            rename_run(f"promote {model_name}/{moved.version}")
            log_params(model_name=model_name, version=str(moved.version), stage=stage.value)
        print(f"  {model_name} version {moved.version} is in {stage}")
        return
    known = version_reading(model_name, version, data, settings)
    table = decidable(feature_table(data, target, id, Engine.duckdb, settings, default, leaks, known), policy)
    if not promote(table, model_name, settings, policy, version):
        raise typer.Exit(1)


if __name__ == "__main__":
    run(main)
