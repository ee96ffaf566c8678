"""Approve a version that passed the gate and waits for a second person's approval."""

import mlflow

from steps.ledger.records import Event, Outcome
from steps.registry.approvals import approve
from steps.registry.attempt import attempt, policy_digest
from steps.registry.names import MODEL_NAME, checked_model_name, checked_version
from steps.registry.settlement import settle
from steps.registry.version_record import version_link
from steps.run.console import counted, run
from steps.run.names import checked_reason
from steps.run.options import ModelName, Reason, Version
from steps.run.policy import read_policy
from steps.run.settings import Settings
from steps.tracking.runs import describe_run, log_params, rename_run, tracked_run


def main(model_name: ModelName = MODEL_NAME, version: Version = "", reason: Reason = "") -> None:
    """Approve the version that waits under the alias `pending`; the last approval makes it champion.

    Another person than who promoted it approves, by the name of MLFLOW_TRACKING_USERNAME or of the system's user.

    Example: python -m steps.approve --version 7
    """
    checked_version(version)
    name = checked_model_name(model_name or MODEL_NAME)
    reason = reason and checked_reason("reason", reason)
    settings, policy = Settings(), read_policy()
    with tracked_run("approve", f"{name}/{version or 'pending'}", settings.tracking_uri):
        log_params(model_name=name, version=version, reason=reason)
        settle(name)
        entry = attempt(Event.approval, Outcome.approved, version, reason)
        approved = approve(name, version, policy_digest(policy), entry)
        mlflow.set_tags({"model_name": name, "version": approved.version})
        rename_run(f"approve {name}/{approved.version}")
        link = version_link(name, approved.version)
        if approved.missing:
            described = f"is approved, and waits for {counted(approved.missing, 'more approval')}"
        else:
            described = "is approved, and champion"
        describe_run(f"{link} {described}.")
    print(f"  {name} version {approved.version} {described}")


if __name__ == "__main__":
    run(main)
