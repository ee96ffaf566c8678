"""Watch production: drift against the model's reference, expected and realised cost, alarms."""

import sys
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Annotated

import mlflow
import typer
from mlflow.entities import RunInfo
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from custom_model.decision_log.reader import window
from custom_model.decision_log.schema import decisions
from custom_model.scorecard import Scorecard
from steps.evaluation.report.record import PAGE
from steps.features import feature_table
from steps.monitoring.counting.windows import Subject, counted_window, opened_traffic
from steps.monitoring.gauges import ENDING, write_gauges
from steps.monitoring.measuring import measure
from steps.monitoring.outcomes.labels import read_labels
from steps.monitoring.reference import Reference
from steps.monitoring.referencing.other_costs import valued_at
from steps.monitoring.report.record import log_window
from steps.monitoring.report.report import MonitoringReport
from steps.monitoring.trend import find_trend, trend_of
from steps.registry.readings import version_reading
from steps.registry.reference_reading import read_reference, reference_from_table
from steps.registry.version_parts import scorecard_of
from steps.registry.version_record import version_link
from steps.registry.versions import uri_of
from steps.registry.watched import record_window, watched_version
from steps.run.console import UserError, counted, progress, run
from steps.run.failures import failure_sentence
from steps.run.names import without_login
from steps.run.policy import Policy, read_policy
from steps.run.settings import Engine, LeaksTreatment, Settings
from steps.tables.home_credit import ID, TARGET
from steps.tracking.artifacts import artifact_place
from steps.tracking.runs import connect, describe_run, end_failed, log_params, tracked_run
from steps.traffic.deciding import contract_of
from steps.traffic.log import opened_log, period
from steps.traffic.recorded import Span
from steps.training.ranges import decidable

LATE = timedelta(minutes=1)  # a decision is on record seconds after its time
ALARM = 3  # exit status
WITHOUT_SCORECARD = (
    "the version's scorecard cannot be read by this code: its fields have no words, and a reference of its own stands "
    "at the costs that it was made with"
)


@dataclass(frozen=True)
class Request:
    """What is asked of the command.

    Attributes
    ----------
    model
        The model to watch, see `watched_version`.
    since, until
        The window; None for the first or last decision.
    log, export
        URL of the decision log, empty for DECISION_LOG_URI; or an export of one, in its place.
    labels
        File of outcomes; None: there is none.
    reference
        A feature table in place of the version's own reference; empty: its own.
    textfile
        File of gauges; None: none is written.
    engine
        Spark counts an export by its executors; DuckDB's name stands for this machine.
    """

    model: str = ""
    since: datetime | None = None
    until: datetime | None = None
    log: str = ""
    export: Path | None = None
    labels: Path | None = None
    reference: str = ""
    textfile: Path | None = None
    engine: Engine = Engine.duckdb


def monitor(request: Request, settings: Settings, policy: Policy) -> MonitoringReport:
    """Watch one window, and report on it in a run of its own, a failed one where there are alarms."""
    begun = datetime.now(UTC)
    labels = None if request.labels is None else read_labels(request.labels)
    connect(settings.tracking_uri)
    version = watched_version(request.model)
    span = Span(version.name, request.since, request.until)
    with tracked_run("monitor", f"{version.name}/{version.version}", settings.tracking_uri) as active:
        log_params(model_name=version.name, version=version.version, since=_day(span.since), until=_day(span.until))
        scorecard = scorecard_of(version)
        if scorecard is None:
            print(f"  {WITHOUT_SCORECARD}")
        reference = _reference(version, scorecard, request.reference, settings, policy)
        meanings = {} if scorecard is None else scorecard.meanings
        with opened_traffic(span, request.log, request.export) as recorded:
            asked = Subject(str(version.version), reference, contract_of(uri_of(version)), meanings)
            window = counted_window(recorded, asked, labels, settings, request.engine)
        with progress("measuring the window"):
            measured = measure(window, policy, settings)
        with progress("drawing and logging the report"):
            log_window(measured, window, settings.seed)
        report = measured.report
        end = min(request.until or begun, begun)
        _record(report, version, active.info, end)
        _print(report, version)  # before the gauges: where their folder fails, the alarms are known
        if request.textfile is not None:
            gauges = report.metrics, report.psi, report.alarms
            write_gauges(request.textfile, version.name, version.version, end, *gauges)
        if report.alarms:
            end_failed()
    return report


def watch_on(request: Request, pause: float, settings: Settings, policy: Policy) -> None:
    """Watch one window after another, each from where the last one ended, until the process is interrupted.

    Started again it goes on there; the first starts at `since`. A window with too few decisions to be tested grows by
    the next one. What fails at first ends the command; what fails later, as a store that is away for an hour, is
    printed and tried again.
    """
    connect(settings.tracking_uri)
    with tracked_run("watch", watched_version(request.model).name, settings.tracking_uri):
        for look in count():
            start = time.monotonic()
            try:
                _look(request, settings, policy)
            except (UserError, MlflowException, SQLAlchemyError, OSError) as error:
                if not look:
                    raise
                reason = str(error) if isinstance(error, UserError) else failure_sentence(error)
                if reason is None:
                    raise
                print(f"  this window failed, and is tried again in {pause:g} s: {reason}", file=sys.stderr, flush=True)
            time.sleep(max(0.0, pause - (time.monotonic() - start)))


def _look(request: Request, settings: Settings, policy: Policy) -> None:
    name = watched_version(request.model).name  # a promotion meanwhile counts
    trend, until = find_trend(name), datetime.now(UTC) - LATE
    since = request.since if trend is None or trend.until is None else trend.until
    asked = replace(request, since=since, until=until)
    with opened_log(asked.log) as (records, _):
        waiting = records.count(window(asked.since, asked.until) & (decisions.c.model_name == name))
    if waiting < policy.monitoring.least_decisions:
        print(f"  {counted(waiting, 'decision')} since {_day(since) or 'the first'}: waits for more", flush=True)
        return
    monitor(asked, settings, policy)
    trend = find_trend(name)
    assert trend is not None  # it has this window
    trend.watched(until)


def _reference(
    version: ModelVersion, scorecard: Scorecard | None, data: str, settings: Settings, policy: Policy
) -> Reference:
    """The version's own reference, or one that it makes of a feature table; costs are today's."""
    if not data:
        reference = read_reference(version)
        return reference if scorecard is None else valued_at(reference, scorecard.costs, policy.costs)
    known = version_reading(version.name, str(version.version), data, settings)
    try:
        table = feature_table(data, TARGET, ID, Engine.duckdb, settings, "", LeaksTreatment.described, known)
    except UserError as error:  # it names the option data, as train has it
        raise UserError(f"reference: {error}") from error
    return reference_from_table(version, decidable(table, policy), settings, policy)


def _record(report: MonitoringReport, version: ModelVersion, active: RunInfo, end: datetime) -> None:
    """The figures as metrics of the run and of the model's trend; the verdict in the run's description and in tags."""
    metrics = {
        **report.metrics,
        "alarms": float(len(report.alarms)),
        **{f"psi/{name}": value for name, value in report.psi.items()},
    }
    mlflow.log_metrics(metrics)
    lines = [f"- {each.sentence}: {each.action}." for each in report.alarms]
    describe_run(
        "\n".join(
            [f"{version_link(version.name, version.version)}: {report.verdict}. The report is `{PAGE}`.", "", *lines]
        )
    )
    span = f"{report.facts.first} to {report.facts.last}: {counted(report.facts.decisions, 'decision')}"
    record_window(version, span, report.verdict, active.run_id)
    trend_of(version.name, active.experiment_id).add(metrics, end)


def _print(report: MonitoringReport, version: ModelVersion) -> None:
    facts, others = report.facts, sum(report.cost.other_versions.values())
    by_others = f", {others:,} of them by other versions," if others else ""
    print(
        f"  {version.name} version {version.version}, {counted(facts.decisions, 'decision')}{by_others} from "
        f"{facts.first} to {facts.last}: {report.verdict}"
    )
    print(f"  {report.cost.cost_in_words}; {report.cost.granted_in_words}")
    for each in report.alarms:
        print(f"  ALARM {each.kind}: {each.sentence}: {each.action}")
    print(f"  the report: {artifact_place(PAGE)}")


def _day(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat(timespec="seconds")


def main(
    model: Annotated[
        str, typer.Option(help="Registered name (its champion), name/version or models:/...; empty: credit-scoring.")
    ] = "",
    since: Annotated[str, typer.Option(help="Decisions from this day or time on, UTC; empty: from the first on.")] = "",
    until: Annotated[str, typer.Option(help="Decisions before this day or time, UTC; empty: to the last.")] = "",
    labels: Annotated[
        str, typer.Option(help="CSV or Parquet file with decision_id or client_id, default (1 or 0), and date.")
    ] = "",
    export: Annotated[
        str,
        typer.Option(
            help="Parquet file that `decisions export` wrote, or for spark a folder of them, in place of the log."
        ),
    ] = "",
    reference: Annotated[
        str, typer.Option(help="Feature table to compare with, for a version that has no reference; empty: its own.")
    ] = "",
    textfile: Annotated[str, typer.Option(help="File ending in .prom to write gauges for Prometheus to.")] = "",
    watch: Annotated[
        float, typer.Option(help="Seconds from one window to the next, until interrupted; 0: one window.", min=0)
    ] = 0.0,
    engine: Annotated[
        Engine, typer.Option(help="duckdb counts on this machine, spark counts an export at SPARK_MASTER.")
    ] = Engine.duckdb,
    log: Annotated[str, typer.Option(help="SQLAlchemy URL of the log; DECISION_LOG_URI if empty.")] = "",
) -> None:
    """Watch production: drift against the model's reference, expected and realised cost, alarms.

    Reads the decision log, or an export of it, and reports in a run of its own. Exit status 3: policy.yaml's limits are
    passed, and each alarm says what to do. With watch it goes on, from where the last window ended.

    Example: python -m steps.monitor --since 2026-01-01 --labels outcomes.csv
    """
    for option, place in (("labels", labels), ("export", export), ("reference", reference), ("textfile", textfile)):
        without_login(option, place)
    first, last = period(since, until)
    if textfile and not textfile.endswith(ENDING):
        raise UserError(f"textfile: expected a file ending in {ENDING}, the only ones that are collected")
    if engine is Engine.spark and not export:
        raise UserError(
            "engine: spark reads an export, not a decision log: write one with `python -m steps.decisions export` and "
            "name it by export"
        )
    request = Request(model, first, last, log, _path(export), _path(labels), reference, _path(textfile), engine)
    if watch:
        _check_watched(until, export)
        watch_on(request, watch, Settings(), read_policy())
    elif monitor(request, Settings(), read_policy()).alarms:
        raise typer.Exit(ALARM)


def _path(text: str) -> Path | None:
    return Path(text) if text else None


def _check_watched(until: str, export: str) -> None:
    """Raise `UserError` for an option that goes with one window alone."""
    useless = [name for name, value in {"until": until, "export": export}.items() if value]
    if useless:
        raise UserError(f"watch: expected no {' and no '.join(useless)} with it: it goes on with what comes")


if __name__ == "__main__":
    run(main)
