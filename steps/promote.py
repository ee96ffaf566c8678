"""Make a version champion, through the gate; or move it to another stage."""

from dataclasses import dataclass, replace
from typing import Annotated

import mlflow
import typer
from mlflow import MlflowClient
from mlflow.entities import RunStatus
from mlflow.entities.model_registry import ModelVersion

from steps.evaluation.on_holdout import Evaluation, holdout
from steps.features import SAMPLE, feature_table
from steps.gate.answers import NONE_AHEAD, Ahead
from steps.gate.check import Verdict
from steps.ledger.records import Entry, Event, Outcome, enter
from steps.registry.approvals import await_approval
from steps.registry.attempt import attempt, judged
from steps.registry.champion import about, is_same, make_champion, move, number_of
from steps.registry.compatibility import check_same_lender
from steps.registry.judgement import Judgement, judge
from steps.registry.names import checked_version, chosen_model_name
from steps.registry.readings import version_reading
from steps.registry.settlement import settled_champion
from steps.registry.transfer import checked_target, copied, elsewhere, export
from steps.registry.version_record import gate_facts, record, record_held_out, version_link
from steps.registry.versions import Stage, find_version, registry_errors
from steps.run.console import UserError, run
from steps.run.names import checked_reason
from steps.run.options import Data, Default, Identity, Leaks, ModelName, Target, Truth
from steps.run.policy import Policy, read_policy
from steps.run.scratch import scratch_folder
from steps.run.settings import Engine, LeaksTreatment, Settings
from steps.tables.feature_table import FeatureTable
from steps.tables.home_credit import ID, TARGET
from steps.tracking.runs import describe_run, end_failed, log_data, log_params, rename_run, tracked_run
from steps.training.holdout import report_holdout
from steps.training.ranges import decidable


@dataclass(frozen=True)
class Request:
    """What is asked of the gate beside its judgement.

    Attributes
    ----------
    dry_run
        Whether the candidate stays where it is and as it is, whatever the gate finds.
    force
        Why a version that fails the gate becomes champion all the same; empty: it does not. One that decides no client
        never does.
    source
        The version's URI in the registry that it was copied from; empty: it was registered here.
    """

    dry_run: bool = False
    force: str = ""
    source: str = ""


def promote(
    table: FeatureTable,
    model_name: str,
    settings: Settings,
    policy: Policy,
    version: str = "",
    evaluation: Evaluation | None = None,
    request: Request = Request(),
    ahead: Ahead = NONE_AHEAD,
) -> bool:
    """Make the version (empty: the latest) champion where it passes the gate; return whether it passed or was forced.

    `evaluation` is the version's on this table's held-out clients; None: it is evaluated here. `ahead` has a server of
    it where one has started before. Where another version
    becomes champion during the comparison, the candidate is compared with that one, too. Where policy.yaml asks for
    approvals, a version that passed waits for them.
    """
    with tracked_run("promote", f"{model_name}/{version or 'latest'}", settings.tracking_uri):
        candidate = find_version(model_name, version)
        rename_run(f"promote {model_name}/{candidate.version}")
        log_params(
            **table.parameters, model_name=model_name, version=str(candidate.version), stage=Stage.production.value
        )
        check_same_lender(table, model_name)
        mlflow.set_tags({"model_name": model_name, "version": candidate.version})
        rows = holdout(table, settings.holdout_percent)
        report_holdout(table, rows)
        log_data(table, rows, "gate")
        while not is_same(champion := settled_champion(model_name), candidate):
            judgement = judge(candidate, champion, table, rows, policy, settings, evaluation, ahead)
            if evaluation is None and judgement.evaluation is not None and not request.dry_run:
                record_held_out(model_name, candidate.version, judgement.evaluation, table, settings)
            evaluation, verdict = judgement.evaluation, judgement.verdict
            _report(verdict)
            if request.force and verdict.passed:
                print("  the gate is passed: `force` overrules nothing, and its reason is not on record")
            describe_run(_described(model_name, candidate.version, verdict))
            if request.dry_run:
                return _ended_dry(candidate, verdict)
            entry = _entry(candidate, judgement, request, table, policy)
            with registry_errors(f"record the verdict on {model_name} version {candidate.version}"):
                record(model_name, candidate.version, gate_facts(verdict, entry.forced))
            if not verdict.passed and not entry.forced:
                _refuse(candidate, champion, entry)
                return False
            if _moved(candidate, champion, entry, policy.promotion.approvals):
                return True
            print("  another version became champion during the comparison: the gate compares with that one")
        print(f"  {model_name} version {candidate.version} is the champion already")
        describe_run(f"{version_link(model_name, candidate.version)} is the champion already.")
    return True


def promote_elsewhere(
    table: FeatureTable, model_name: str, settings: Settings, policy: Policy, version: str, to: str, request: Request
) -> bool:
    """Copy the version into the registry at `to` and promote it there; return whether it passed or was forced there.

    Both ledgers have it. A dry run needs the copy, too: it is judged there, and stays a version without an alias.
    """
    checked_target(to, settings.tracking_uri)
    with scratch_folder(settings.data_folder, "transfer") as folder:
        with tracked_run("promote", f"{model_name}/{version or 'latest'}", settings.tracking_uri) as run:
            candidate = find_version(model_name, version)
            rename_run(f"promote {model_name}/{candidate.version} elsewhere")
            log_params(**table.parameters, model_name=model_name, version=str(candidate.version), to=to)
            exported = export(candidate, folder)
            sent = attempt(Event.transfer, Outcome.refused_there, str(candidate.version))
            describe_run(f"{version_link(model_name, candidate.version)} is copied to {to}, and judged there.")
        there = settings.model_copy(update={"tracking_uri": to})
        with elsewhere(to, settings.tracking_uri):
            copy = copied(exported, model_name, to)
            came = replace(request, source=exported.origin)
            passed = promote(table, model_name, there, policy, str(copy.version), request=came)
        name = f"version {copy.version} of {to}"
        if not request.dry_run:
            outcome = Outcome.passed_there if passed else Outcome.refused_there
            with registry_errors(f"record the copy, {name}", "its judgement is on record there alone"):
                enter(model_name, sent.model_copy(update={"outcome": outcome, "copy_of_it": name}))
        if not passed:
            MlflowClient().set_terminated(run.info.run_id, RunStatus.to_string(RunStatus.FAILED))
    print(f"  {model_name} version {candidate.version} is {name}")
    return passed


def _entry(
    candidate: ModelVersion, judgement: Judgement, request: Request, table: FeatureTable, policy: Policy
) -> Entry:
    """The attempt as the ledger has it; a reason that was not needed, or overrules nothing, is not recorded."""
    forced = bool(request.force) and not judgement.verdict.passed and judgement.evaluation is not None
    entry = attempt(Event.promotion, Outcome.refused, str(candidate.version), request.force if forced else "")
    facts = {"forced": forced, "source": request.source}
    return judged(about(entry, candidate).model_copy(update=facts), judgement.verdict, table, policy)


def _refuse(candidate: ModelVersion, champion: ModelVersion | None, entry: Entry) -> None:
    """Put the refusal on record, and end the run as failed."""
    with registry_errors(f"record that {candidate.name} version {candidate.version} did not pass"):
        enter(candidate.name, entry.model_copy(update={"replaced": number_of(champion)}))
    kept = "there is no champion" if champion is None else f"version {champion.version} stays champion"
    print(f"  {candidate.name} version {candidate.version} did not pass the gate: {kept}; policy.yaml has its limits")
    end_failed()


def _moved(candidate: ModelVersion, champion: ModelVersion | None, entry: Entry, approvals: int) -> bool:
    """Make it champion, or let it wait for approvals; False where another version was faster."""
    name, forced = candidate.name, f", forced: {entry.reason}" if entry.forced else ""
    if not approvals:
        if make_champion(candidate, champion, entry):
            print(f"  {name} version {candidate.version} is champion{forced}")
            return True
        return False
    if await_approval(candidate, champion, entry, approvals):
        people = "another person" if approvals == 1 else f"{approvals} other people"
        print(
            f"  {name} version {candidate.version} waits for the approval of {people}{forced}: "
            f"mlflow run . -e approve --env-manager local -P model_name={name} -P version={candidate.version}"
        )
        return True
    return False


def _ended_dry(candidate: ModelVersion, verdict: Verdict) -> bool:
    passed = "would pass" if verdict.passed else "would not pass"
    print(f"  {candidate.name} version {candidate.version} {passed} the gate; nothing moved and nothing is on record")
    if not verdict.passed:
        end_failed()
    return verdict.passed


def _described(model_name: str, version: str, verdict: Verdict) -> str:
    """The verdict in Markdown, a row for each check."""
    result = "passed the gate" if verdict.passed else "did not pass the gate"
    return f"{version_link(model_name, version)} {result}.\n\n{verdict.markdown}"


def _report(verdict: Verdict) -> None:
    """The verdict in the run, and on the console."""
    mlflow.log_metrics(verdict.metrics)
    mlflow.log_dict(verdict.records, "gate.json")  # type: ignore[arg-type]  # a list works
    mlflow.set_tag("promoted", str(verdict.passed).lower())
    for line in verdict.lines:
        print(f"  {line}")


def _check_ungated(stage: Stage, request: Request, to: str) -> None:
    """Raise `UserError` for an option of the gate, through which only a champion goes: it would have no effect."""
    given = {"dry_run": request.dry_run, "force": request.force, "to": to}
    of_the_gate = [option for option, value in given.items() if value]
    if of_the_gate:
        raise UserError(f"stage: expected Production, the gate's, with {' and '.join(of_the_gate)}; got {stage}")


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
    dry_run: Annotated[Truth, typer.Option(help="true: judge only; nothing moves.")] = Truth.false,
    force: Annotated[str, typer.Option(help="Why a version that fails the gate becomes champion all the same.")] = "",
    to: Annotated[
        str, typer.Option(help="Tracking URI of another registry: the version is copied there and judged there again.")
    ] = "",
) -> None:
    """Make a version champion where it passes the gate of policy.yaml, or move it to another stage.

    The gate compares models on the held-out clients of `data`. Exit status 1: the version did not pass.

    Example: python -m steps.promote --version 2
    """
    settings, policy = Settings(), read_policy()
    checked_version(version)
    request = Request(dry_run is Truth.true, force and checked_reason("force", force))
    model_name = chosen_model_name(model_name, data)
    if stage is not Stage.production:
        _check_ungated(stage, request, to)
        with tracked_run("promote", f"{model_name}/{version or 'latest'}", settings.tracking_uri):
            moved = move(model_name, version, stage)
            rename_run(f"promote {model_name}/{moved.version}")
            log_params(model_name=model_name, version=str(moved.version), stage=stage.value)
        print(f"  {model_name} version {moved.version} is in {stage}")
        return
    known = version_reading(model_name, version, data, settings)
    table = decidable(feature_table(data, target, id, Engine.duckdb, settings, default, leaks, known), policy)
    if to:
        passed = promote_elsewhere(table, model_name, settings, policy, version, to, request)
    else:
        passed = promote(table, model_name, settings, policy, version, request=request)
    if not passed:
        raise typer.Exit(1)


if __name__ == "__main__":
    run(main)
