"""Decide again, with any version, about the requests on record: what it would have decided, and cost."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import count
from math import log
from pathlib import Path
from typing import Annotated

import mlflow
import typer
from mlflow.entities.model_registry import ModelVersion

from custom_model.meanings import Meaning
from steps.evaluation.report.record import PAGE
from steps.quality.betting import Evidence
from steps.registry.artifact import log_checked
from steps.registry.names import checked_version, chosen_model_name
from steps.registry.policy_change import changed
from steps.registry.version_parts import meanings_of, read_parts
from steps.registry.version_record import version_link
from steps.registry.versions import find_champion, find_version, uri_of
from steps.run.console import UserError, counted, progress, run
from steps.run.names import without_login
from steps.run.options import ModelName, Truth
from steps.run.policy import Policy, read_policy
from steps.run.settings import Settings
from steps.tracking.artifacts import artifact_place
from steps.tracking.runs import describe_run, log_params, rename_run, tracked_run
from steps.traffic.deciding import contract_of, deciding_processes
from steps.traffic.log import opened_log, period
from steps.traffic.outcomes import outcomes_of, read_outcomes
from steps.traffic.recorded import ExportedTraffic, LoggedTraffic, Span, Traffic
from steps.traffic.replayed import declared_by, replayed
from steps.traffic.report.approvals import Approvals
from steps.traffic.report.facts import facts
from steps.traffic.report.groups import fields_of
from steps.traffic.report.report import ReplayReport, build_replay_report, log_replay_report
from steps.traffic.shadow import Shadow, in_words
from steps.training.policy_fields import check_names

PAUSE = 30.0  # seconds between two looks for what has come
EXPLAINED = 5_000  # decisions at most whose reasons are compared: 8 ms each, and a share of 1 % is known to 0.3 points


class Under(StrEnum):
    """Whose policy decides: the version's own, or today's policy.yaml."""

    own = "own"
    today = "today"


@dataclass(frozen=True)
class Candidate:
    """What decides again: its name in words, URI, and number where it is a registered version as it stands."""

    name: str
    uri: str
    number: str | None
    meanings: Mapping[str, Meaning]


@dataclass(frozen=True)
class Request:
    """What is asked of a replay.

    Attributes
    ----------
    span
        The decisions to replay.
    log, export
        URL of the decision log, empty for DECISION_LOG_URI; or an export of one, in its place.
    outcomes
        File of the outcomes that are known by now; None: there is none.
    """

    span: Span
    log: str = ""
    export: Path | None = None
    outcomes: Path | None = None


def replay(version: str, under: Under, request: Request, settings: Settings, policy: Policy) -> ReplayReport:
    """Replay the traffic with a version (empty: the latest, or under today's policy the champion); log the report."""
    name = request.span.model_name
    outcomes = None if request.outcomes is None else read_outcomes(request.outcomes)
    with tracked_run("replay", f"{name}/{version or 'latest'}", settings.tracking_uri):
        candidate, registered = _candidate(name, version, under, policy)
        rename_run(f"replay {candidate.name.removeprefix('models:/')}")
        log_params(
            model_name=name,
            version=registered.version,
            policy=under.value,
            since=_day(request.span.since),
            until=_day(request.span.until),
        )
        with _traffic(request) as traffic:
            fields = fields_of(policy, contract := contract_of(candidate.uri))
            comparison = replayed(traffic, candidate.uri, settings.cores, EXPLAINED, fields)
            source = traffic.name
        if not len(comparison):
            raise UserError(
                f"{_bound(request.span)}: {source} has no decision of {name} whose request is on record"
                f"{' in this time' if request.span.since or request.span.until else ''}: "
                "`python -m steps.decisions list` shows the latest"
            )
        with progress("measuring and logging the report"):
            report = build_replay_report(
                comparison,
                facts(comparison, candidate.name, source, request.span, candidate.number),
                policy,
                settings,
                contract,
                candidate.meanings,
                None if outcomes is None else outcomes_of(comparison, outcomes),
            )
            log_replay_report(report, comparison)
        mlflow.log_metrics(report.metrics)
        sentence = _in_words(report)
        describe_run(
            f"{version_link(registered.name, registered.version)}: {sentence}. The report is `{PAGE}` among the "
            "artifacts."
        )
        page = artifact_place(PAGE)
    print(f"  {candidate.name} {sentence}")
    print(f"  the report: {page}")
    return report


def follow_log(
    version: str, request: Request, settings: Settings, policy: Policy, looks: Iterable[int] | None = None
) -> None:
    """Decide what comes with a version (empty: the latest) in the shadow, and report at each of the `looks`.

    By default that is every `PAUSE` seconds, until the process is interrupted; started again it goes on.
    """
    name = request.span.model_name
    registered = find_version(name, version)
    with tracked_run("shadow", f"{name}/{registered.version}", settings.tracking_uri):
        log_params(model_name=name, version=registered.version, since=_day(request.span.since))
        uri = uri_of(registered)
        contract = contract_of(uri)
        with opened_log(request.log) as (records, source), deciding_processes(uri, (), 1) as ask:
            shadow = Shadow(
                records, request.span, uri.removeprefix("models:/"), policy.costs, declared_by(name, contract)
            )
            about = f"{version_link(name, registered.version)} in the shadow, beside {source}: `{shadow.key}`"
            describe_run(f"{about}: {in_words(shadow.evidence)}.")
            print(f"  {shadow.key}, beside {source}: {in_words(shadow.evidence)}", flush=True)
            print(f"  looks for more every {PAUSE:.0f} s, until Ctrl-C; started again it goes on", flush=True)
            for look in _looks() if looks is None else looks:
                decided = sum(shadow.catch_up(lambda batch: ask(batch).result(), whole=look == 0))
                if decided:
                    evidence = shadow.evidence
                    mlflow.log_metrics(_evidence(evidence), step=evidence.compared)
                    describe_run(f"{about}: {in_words(evidence)}.")
                    print(f"  {counted(decided, 'decision')} more: {in_words(evidence)}", flush=True)


def _looks() -> Iterator[int]:
    for look in count():
        yield look
        time.sleep(PAUSE)


def _evidence(evidence: Evidence) -> dict[str, float]:
    """As metrics: the capitals by their logarithms to the base of 10, in which 1.6 is beyond doubt."""
    return {
        "shadow_compared": float(evidence.compared),
        "shadow_cost_change": evidence.mean or 0.0,
        "shadow_evidence_cheaper": evidence.log_cheaper / log(10),
        "shadow_evidence_dearer": evidence.log_dearer / log(10),
    }


def _check_followed(policy: Under, until: str, outcomes: str, export: str) -> None:
    """Raise `UserError` for an option that a shadow has no use for."""
    given = {"until": until, "outcomes": outcomes, "export": export, "policy": policy is Under.today}
    useless = [option for option, value in given.items() if value]
    if useless:
        raise UserError(
            f"follow: expected no {' and no '.join(useless)} with it: a shadow is of a version as it is, without an end"
        )


def _candidate(model_name: str, version: str, under: Under, policy: Policy) -> tuple[Candidate, ModelVersion]:
    if under is Under.own:
        registered = find_version(model_name, version)
        uri = uri_of(registered)
        return Candidate(uri, uri, str(registered.version), meanings_of(registered)), registered
    champion = find_version(model_name, version) if version else find_champion(model_name)
    if champion is None:
        raise UserError(f"version: {model_name} has no champion: name a version, as -P version=1")
    label = f"{model_name} version {champion.version}"
    parts = read_parts(champion)
    check_names(policy, parts.contract.fields, (parts.contract.id,), label)
    change = changed(parts, policy, label)
    if not change.changes:
        uri = uri_of(champion)
        print(f"  {label} has this policy already: it is replayed as it stands")
        return Candidate(uri, uri, str(champion.version), parts.scorecard.meanings), champion
    print(f"  {label} under today's policy.yaml: {'; '.join(change.changes)}")
    with progress("making the version under today's policy, which is not registered"):
        uri = log_checked(parts.booster, change.scorecard, change.contract, parts.example)
    return Candidate(f"{uri_of(champion)} under today's policy", uri, None, parts.scorecard.meanings), champion


@contextmanager
def _traffic(request: Request) -> Iterator[Traffic]:
    if request.export is not None:
        yield ExportedTraffic(request.export, request.span)
        return
    with opened_log(request.log) as (records, name):
        yield LoggedTraffic(records, name, request.span)


def _bound(span: Span) -> str:
    """The option that a replay without any request is about."""
    return "since" if span.since else "until" if span.until else "log"


def _day(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat()


def _referred(found: Approvals) -> str:
    """Who is neither granted nor refused, where anybody is."""
    if not found.referred_then and not found.referred_now:
        return ""
    return f"{found.referred_then:.1%} were referred to a person, {found.referred_now:.1%} would be; "


def _in_words(report: ReplayReport) -> str:
    found, change = report.approvals, report.swap_set.cost_change
    if not found.requests or found.then is None or found.now is None or change.value is None:
        return f"decides none of {counted(report.facts.requests, 'request')} on record: its contract refuses them"
    refused, interval = report.contract.refused, ""
    if change.low is not None and change.high is not None:
        interval = f" ({change.low:+.4f} to {change.high:+.4f})"
    also = f"; its contract would refuse {counted(refused, 'more request')}" if refused else ""
    return (
        f"on {counted(found.requests, 'request')} on record: {found.then:.1%} were granted, {found.now:.1%} would be; "
        f"{_referred(found)}"
        f"expected cost {change.value:+.4f} a decision{interval}: {report.swap_set.verdict}{also}"
    )


def main(
    model_name: ModelName = "",
    version: Annotated[
        str, typer.Option(help="Version that decides again; empty: the latest, or for policy today the champion.")
    ] = "",
    policy: Annotated[
        Under, typer.Option(help="own: the version as it is; today: its booster under today's policy.yaml.")
    ] = Under.own,
    since: Annotated[str, typer.Option(help="Decisions from this day or time on, UTC; empty: from the first on.")] = "",
    until: Annotated[str, typer.Option(help="Decisions before this day or time, UTC; empty: to the last.")] = "",
    outcomes: Annotated[
        str, typer.Option(help="CSV or Parquet file with decision_id or client_id, and default (1 or 0); may be empty.")
    ] = "",
    export: Annotated[
        str, typer.Option(help="Parquet file that `decisions export` wrote, in place of the log; may be empty.")
    ] = "",
    follow: Annotated[
        Truth, typer.Option(help="true: decide what comes, too, into the table shadow_decisions of the log.")
    ] = Truth.false,
    log: Annotated[str, typer.Option(help="SQLAlchemy URL of the log; DECISION_LOG_URI if empty.")] = "",
) -> None:
    """Decide again, with any version, about the requests on record, and report what would have been otherwise.

    No server is asked: the version decides in processes of its own, with its own code. With follow it goes on deciding
    what comes, in the shadow, into a table of its own beside the log, until it is interrupted.

    Example: python -m steps.replay --version 7 --since 2026-01-01
    """
    checked_version(version)
    for option, place in (("outcomes", outcomes), ("export", export)):
        without_login(option, place)
    first, last = period(since, until)
    span = Span(chosen_model_name(model_name, ""), first, last)
    request = Request(span, log, Path(export) if export else None, Path(outcomes) if outcomes else None)
    if follow is Truth.true:
        _check_followed(policy, until, outcomes, export)
        follow_log(version, request, Settings(), read_policy())
        return
    replay(version, policy, request, Settings(), read_policy())


if __name__ == "__main__":
    run(main)
