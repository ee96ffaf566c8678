"""Make a new version from another's booster under today's policy.yaml, without training."""

import hashlib
import json
from typing import Annotated

import mlflow
import typer
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion

from steps.evaluation.training_run import POLICY_OF_RUN
from steps.ledger.records import Event, Outcome, enter, records
from steps.monitoring.reference import Reference
from steps.monitoring.referencing.other_costs import under_other_costs
from steps.registry.artifact import log_checked, register
from steps.registry.attempt import attempt, policy_digest
from steps.registry.champion import about, is_about
from steps.registry.names import MODEL_NAME, checked_version, chosen_model_name
from steps.registry.policy_change import PolicyChange, changed
from steps.registry.promotion_lock import promotion_lock
from steps.registry.same_scores import check_same_scores
from steps.registry.training_record import carry_over
from steps.registry.version_parts import VersionParts, read_parts
from steps.registry.version_record import INPUTS, policy_facts, record, version_link
from steps.registry.versions import find_champion, find_equal, find_version, registry_errors, uri_of
from steps.run.console import UserError, progress, run
from steps.run.markdown import escaped
from steps.run.options import ModelName
from steps.run.policy import Policy, read_policy
from steps.run.project_run import run_link
from steps.run.settings import Settings
from steps.tracking.runs import describe_run, log_params, rename_run, tracked_run
from steps.training.policy_fields import check_names
from steps.training.policy_record import log_policy

DIGITS = 16  # hexadecimal, of a fingerprint


def change_policy(model_name: str, version: str, settings: Settings, policy: Policy) -> int | None:
    """Register a new version: the version's booster (empty: the champion's) under this policy; return its number.

    Where the policy changes nothing that a version has, or a later version is the same already, there is no new one:
    None, or that version's number.
    """
    with tracked_run("policy", f"{model_name}/{version or 'champion'}", settings.tracking_uri):
        former = find_version(model_name, version) if version else _champion(model_name)
        label = f"{model_name} version {former.version}"
        rename_run(f"policy {model_name}/{former.version}")
        log_params(model_name=model_name, version=str(former.version))
        with progress(f"reading {label}"):
            parts = read_parts(former)
        check_names(policy, parts.contract.fields, (parts.contract.id,), label)
        change = changed(parts, policy, label)
        if not change.changes:
            _report_nothing(former, f"{label} has this policy already: no new version")
            return None
        print(f"  {label} under another policy: {'; '.join(change.changes)}")
        inputs = _fingerprint(former, change)
        equal = find_equal(model_name, INPUTS, inputs)
        if equal is not None:
            return _known(equal, former, change, policy)
        return _new_version(former, parts, change, policy, inputs, settings)


def _new_version(
    former: ModelVersion,
    parts: VersionParts,
    change: PolicyChange,
    policy: Policy,
    inputs: str,
    settings: Settings,
) -> int:
    """Log, check and register the version; registered with all its tags at once, it is never half there."""
    model_name, training = former.name, MlflowClient().get_run(str(former.run_id))
    log_params(**{f"costs.{name}": value for name, value in policy.costs.model_dump(exclude_none=True).items()})
    log_policy(policy)
    mlflow.set_tags({"policy.of": uri_of(former), POLICY_OF_RUN: training.info.run_id})
    carry_over(training)
    with progress("logging the model and loading it back"):
        reference = _reference(former, parts, change)
        uri = log_checked(parts.booster, change.scorecard, change.contract, parts.example, reference)
    with progress(f"comparing its scores with those of version {former.version}"):
        check_same_scores(uri_of(former), uri, change.contract, change.scorecard.ranges, settings.seed)
    facts = policy_facts(former.tags, str(former.version), parts.scorecard.costs, policy.costs, change.changes, inputs)
    with registry_errors(f"register the new version of {model_name}"):
        with promotion_lock(model_name):  # of two at once under one policy, the second finds the first one's version
            equal = find_equal(model_name, INPUTS, inputs)
            if equal is not None:
                return _known(equal, former, change, policy)
            version = register(uri, model_name, facts)
        record(model_name, version, facts)
    _enter(find_version(model_name, str(version)), former, change, policy)
    describe_run(_described(former, version, change, training))
    print(
        f"  {model_name} version {version}: version {former.version} under this policy, refused from "
        f"{policy.costs.threshold:.4f} on, with the same scores; `{_promotion(model_name, version)}` takes it through "
        "the gate"
    )
    return version


def _reference(former: ModelVersion, parts: VersionParts, change: PolicyChange) -> Reference | None:
    """The former version's reference with the decisions of the new costs; no data is here to decide about again."""
    if parts.reference is None:
        print(
            f"  version {former.version} has no reference, so that the new one has none: monitor it with a feature "
            "table, as -P reference=data/features.parquet"
        )
        return None
    before, costs = parts.scorecard.costs, change.scorecard.costs
    source = parts.reference.source
    if costs != before:
        source += f", by their scores at the costs {costs.false_negative:g} : {costs.false_positive:g}"
    if change.scorecard.rules != parts.scorecard.rules:
        source += ", under the rules of the former policy"
    return under_other_costs(parts.reference, before, costs, source)


def _known(equal: ModelVersion, former: ModelVersion, change: PolicyChange, policy: Policy) -> int:
    """The number of a version that is the same already; where it was cut off, with its description and its entry."""
    record(equal.name, equal.version, {})
    _enter(equal, former, change, policy)
    label = f"{former.name} version {former.version}"
    _report_nothing(equal, f"version {equal.version} is {label} under this policy already: no new version")
    return int(equal.version)


def _enter(version: ModelVersion, former: ModelVersion, change: PolicyChange, policy: Policy) -> None:
    """Put the version on record in the ledger, unless it is."""
    name, number = version.name, str(version.version)
    with registry_errors(f"record {name} version {number} in the ledger"):
        if any(each.event is Event.policy and is_about(each, version) for each in records(name)):
            return
        entry = about(attempt(Event.policy, Outcome.registered, number, "; ".join(change.changes)), version)
        enter(name, entry.model_copy(update={"source": uri_of(former), "policy": policy_digest(policy)}))


def _promotion(model_name: str, version: int) -> str:
    option = "" if model_name == MODEL_NAME else f" -P model_name={model_name}"
    return f"mlflow run . -e promote --env-manager local{option} -P version={version}"


def _champion(model_name: str) -> ModelVersion:
    champion = find_champion(model_name)
    if champion is None:
        latest = find_version(model_name)
        raise UserError(
            f"version: {model_name} has no champion to start from: name one, as -P version={latest.version}"
        )
    return champion


def _report_nothing(version: ModelVersion, sentence: str) -> None:
    print(f"  {sentence}")
    describe_run(f"{version_link(version.name, version.version)}: {sentence}.")


def _fingerprint(former: ModelVersion, change: PolicyChange) -> str:
    """A digest of the version that this one is of, its scorecard and its contract."""
    parts = [former.name, str(former.version), change.scorecard.model_dump_json(), change.contract.digest]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:DIGITS]


def _described(former: ModelVersion, version: int, change: PolicyChange, training: Run) -> str:
    lines = [f"- {escaped(each)}" for each in change.changes]
    return "\n".join(
        [
            f"{version_link(former.name, version)} is {version_link(former.name, former.version)} under another "
            f"policy.yaml, without training, of the run {run_link(training, training.info.run_name)}:",
            "",
            *lines,
        ]
    )


def main(
    model_name: ModelName = "",
    version: Annotated[str, typer.Option(help="Version to start from; empty: the champion.")] = "",
) -> None:
    """Make a new version from another's booster under today's policy.yaml, without training.

    It has new costs and so a new threshold, rules, required fields, score and wording, and the same scores bit for bit;
    promote takes it through the gate like any other. An entry that training alone can change is an error.

    Example: python -m steps.policy --version 7
    """
    checked_version(version)
    change_policy(chosen_model_name(model_name, ""), version, Settings(), read_policy())


if __name__ == "__main__":
    run(main)
