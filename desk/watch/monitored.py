"""The windows that monitor watched, as MLflow has them: which there are, the report of one, and what followed."""

from collections.abc import Sequence
from dataclasses import dataclass

from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from desk.language.catalogue import say
from desk.language.languages import Language, moment, number
from desk.watch.alarms import alarms, since
from desk.watch.asked import Asked
from desk.watch.blocks import Cell, Section, Sentence, Table, header_of
from desk.watch.figures import day_or_dash, minute
from steps.ledger.records import records
from steps.monitoring.past_windows import PastWindow, find_window, past_windows, report_of
from steps.monitoring.report.report import MonitoringReport
from steps.registry.names import checked_model_name
from steps.run.console import UserError

MOST = 24  # windows to choose from
AWAY = (MlflowException, SQLAlchemyError, OSError, UserError)


@dataclass(frozen=True)
class Monitored:
    """The windows there are, and the chosen one with its report.

    `problem` is the key of the sentence that says why there is no window, or no report of it; empty with a report.
    `is_another`: the window that was asked for is not there, the last one stands for it.
    """

    windows: Sequence[PastWindow] = ()
    chosen: PastWindow | None = None
    report: MonitoringReport | None = None
    problem: str = ""
    is_another: bool = False


def read_monitored(model_name: str, run_id: str) -> Monitored:
    """The window of a run, or the last one; a store that is away is the problem of what is returned."""
    windows: Sequence[PastWindow] = ()
    chosen = None
    try:
        windows = past_windows(checked_model_name(model_name), MOST)
        asked = find_window(model_name, run_id) if run_id else None
        chosen = asked or (windows[0] if windows else None)
        if chosen is None:
            return Monitored(problem="watch.never_monitored")
        report = report_of(chosen)
    except AWAY:
        return Monitored(windows, chosen, problem="watch.no_report" if chosen else "watch.registry_away")
    is_another = bool(run_id) and asked is None
    return Monitored(windows, chosen, report, "" if report else "watch.other_report", is_another)


def headline_of_report(report: MonitoringReport, window: PastWindow, language: Language) -> str:
    """Which decisions were watched, when, and whether anything raised an alarm, in a sentence or two."""
    facts, raised = report.facts, len(alarms(report, language))
    whole = say(
        language,
        "watch.monitored",
        version=facts.version,
        decisions=number(facts.decisions, language),
        first=day_or_dash(minute(facts.first), language),
        last=day_or_dash(minute(facts.last), language),
        at=moment(window.at, language),
    )
    if raised:
        key = "watch.one_alarm" if raised == 1 else "watch.alarms"
    else:
        key = "watch.no_alarm" if report.feeds.is_tested else "watch.untested"
    return f"{whole} {say(language, key, count=number(raised, language))}"


def followed(model_name: str, window: PastWindow, language: Language) -> Section:
    """What the ledger has since the window was monitored."""
    title = say(language, "watch.since")
    try:
        table = since(records(model_name), window.at, language)
    except AWAY:
        return Section(title, [Sentence(say(language, "watch.no_ledger"), is_warning=True)])
    key = "watch.nothing_since" if table is None else "watch.changes_since"
    return Section(title, [Sentence(say(language, key))], table=table, is_open=True)


def choices(windows: Sequence[PastWindow], asked: Asked, language: Language) -> Table:
    """The windows, each with the way to what was found in it."""
    rows: list[list[Cell | str]] = [
        [
            Cell(moment(each.at, language), asked.href(run=each.run_id)),
            each.version,
            number(each.decisions, language),
            number(each.alarms, language),
        ]
        for each in windows
    ]
    header = header_of(("monitored_at", "version", "decisions", "alarms_raised"), language)
    return Table(say(language, "watch.windows"), header, rows)
