"""An attempt on a model as the ledger has it: data, policy, code and run, beside what the gate found."""

import hashlib
import json

import mlflow
from mlflow import MlflowClient

from steps.gate.check import Verdict
from steps.ledger.records import CheckRecord, Entry, Event, Outcome
from steps.run.policy import Policy
from steps.tables.feature_table import FeatureTable, source_of
from steps.tracking.mlflow_internals import COMMIT_TAG


def attempt(event: Event, outcome: Outcome, version: str, reason: str = "") -> Entry:
    """An entry of the active run, with its id and the commit of its code."""
    run = mlflow.active_run()
    tags = MlflowClient().get_run(run.info.run_id).data.tags if run else {}
    changed = " with changes" if tags.get("git.changed") == "true" else ""
    return Entry(
        event=event,
        outcome=outcome,
        version=version,
        reason=reason,
        run=run.info.run_id if run else "",
        commit=f"{tags[COMMIT_TAG]}{changed}" if COMMIT_TAG in tags else "",
    )


def judged(entry: Entry, verdict: Verdict, table: FeatureTable, policy: Policy) -> Entry:
    """The entry with the gate's findings, and the digests of the data and the policy that it judged by."""
    sources = {name: source.sha256 for name, source in table.lineage.sources.items()}
    return entry.model_copy(
        update={
            "checks": tuple(
                CheckRecord(name=check.name, passed=check.passed, finding=check.finding) for check in verdict.checks
            ),
            "figures": verdict.metrics,
            "data": {**sources, "feature table": source_of(table.path).sha256},
            "policy": policy_digest(policy),
        }
    )


def policy_digest(policy: Policy) -> str:
    """SHA-256 of the policy's content, whatever its file's comments and the order of its entries."""
    return hashlib.sha256(json.dumps(policy.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()
