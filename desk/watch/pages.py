"""The page's requests: the figures of a window, the decisions behind one of them, and monitor's own report."""

from dataclasses import replace
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from custom_model.costs import OUTCOMES
from desk.access.people import Right, demand
from desk.decision_log import decision_log
from desk.language.languages import language_of, today
from desk.page import page, report_page
from desk.problems import Problem
from desk.settings import DeskSettings
from desk.watch.alarms import alarms
from desk.watch.asked import ALL, LATEST, SEGMENTS, Asked, read_asked
from desk.watch.figures import amount, day_or_dash
from desk.watch.found import found
from desk.watch.monitored import AWAY, choices, followed, headline_of_report, read_monitored
from desk.watch.recorded import headline_of_record, read_recorded, span_of
from desk.watch.traffic import in_order
from desk.watch.traffic_sections import traffic_sections
from steps.monitoring.past_windows import find_window, page_of
from steps.monitoring.report.report import MonitoringReport

LISTED = 100


def watch(request: Request) -> Response:
    """What is true of the window, from the decision log and from monitor's runs."""
    demand(request, Right.figures)
    settings: DeskSettings = request.app.state.settings
    language, asked = language_of(request), read_asked(request.query_params, today())
    recorded = read_recorded(settings, asked)
    monitored = read_monitored(settings.model_name, asked.run)
    report, traffic = monitored.report, recorded.traffic
    reference = report.cost if report and _is_held_against(report, asked) else None
    values: dict[str, Any] = {
        "asked": asked,
        "recorded": recorded,
        "monitored": monitored,
        "latest": [*LATEST, ALL],
        "segments": list(SEGMENTS),
        "versions": in_order({*recorded.versions, asked.version} - {""}),
        "in_words": partial(day_or_dash, language=language),
        "amount": partial(amount, language=language),
        "lead": headline_of_record(traffic.whole, recorded, asked, language) if traffic else "",
        "reference": reference,
        "record": traffic_sections(traffic, asked, reference, language) if traffic else [],
        "found": "",
        "windows": choices(monitored.windows, asked, language),
    }
    if report and monitored.chosen:
        values |= {
            "found": headline_of_report(report, monitored.chosen, language),
            "alarms": alarms(report, language),
            "followed": followed(settings.model_name, monitored.chosen, language),
            "sections": list(found(report, language)),
        }
    return page(request, "watch/watch.html.j2", **values)


def behind(request: Request) -> Response:
    """The decisions behind a figure, without any data of a client."""
    demand(request, Right.figures)
    settings: DeskSettings = request.app.state.settings
    given = request.query_params
    asked = read_asked(given, today())
    decision = next((each for each in OUTCOMES if each == given.get("decision")), None)
    if given.get("decision") and decision is None:
        asked = replace(asked, problem="watch.unknown_outcome")
    with decision_log(settings) as log:
        span = span_of(settings.model_name, asked, decision)
        rows = log.listed(span, LISTED + 1, given.get("before", ""))
    last = rows[LISTED - 1]["decision_id"] if len(rows) > LISTED else ""
    return page(
        request,
        "watch/behind.html.j2",
        asked=asked,
        decision=decision or "",
        rows=rows[:LISTED],
        last=last,
        segments=list(SEGMENTS),
        in_words=partial(day_or_dash, language=language_of(request)),
    )


def report(request: Request) -> Response:
    """Monitor's own report of a window, shut in: a page that may load nothing and run nothing."""
    demand(request, Right.figures)
    settings: DeskSettings = request.app.state.settings
    try:
        window = find_window(settings.model_name, request.path_params["run"])
        text = None if window is None else page_of(window)
    except AWAY:
        raise Problem("watch.report_away") from None
    if text is None:
        raise Problem("watch.no_window", 404)
    return report_page(text)


def _is_held_against(report: MonitoringReport, asked: Asked) -> bool:
    """Whether the window is of decisions like those of the report's reference: its version's, of all clients."""
    return not asked.segment and asked.version in ("", report.facts.version)
