"""The decisions on record in the days that are asked for, added up by the log's database."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from custom_model.costs import Outcome
from custom_model.decision_log.totals import NO_HISTORY, Span, Totals
from desk.decision_log import decision_log
from desk.language.catalogue import say
from desk.language.languages import Language, number, of_hundred
from desk.problems import Problem
from desk.settings import DeskSettings
from desk.watch.asked import SEGMENTS, Asked
from desk.watch.figures import amount, day_or_dash
from desk.watch.traffic import Sums, Traffic, in_order, traffic_of
from steps.run.console import UserError


@dataclass(frozen=True)
class Recorded:
    """The traffic of the window; where there is none, `problem` says why, and `detail` what the log itself reports.

    `first` and `last` are the days of the window, and `versions` those that decided in it; `begins` and `ends` are the
    days of the log's first and last decision.
    """

    first: date | None = None
    last: date | None = None
    begins: date | None = None
    ends: date | None = None
    versions: Sequence[str] = ()
    traffic: Traffic | None = None
    problem: str = ""
    detail: str = ""


def read_recorded(settings: DeskSettings, asked: Asked) -> Recorded:
    """Add up the decisions of the window, all of them in the database."""
    try:
        with decision_log(settings) as log:
            days = log.first_and_last_day(settings.model_name)
            if days is None:
                return Recorded(problem="watch.log_empty")
            first, last = asked.first or days[0], asked.last or max(days[1], asked.first or days[1])
            totals = log.totals_by_day(Span(settings.model_name, first, last))
    except Problem as problem:
        return Recorded(problem=problem.key)
    except UserError as error:
        return Recorded(problem="watch.log_away", detail=str(error))
    versions = in_order(each.version for each in totals if each.version)
    chosen = [each for each in totals if _is_asked(each, asked)]
    window = Recorded(first, last, *days, versions)
    if not chosen:
        return replace(window, problem="watch.no_decisions")
    # Days before the log begins and after it ends would be drawn as days without decisions.
    return replace(window, traffic=traffic_of(chosen, max(first, days[0]), min(last, days[1])))


def span_of(model_name: str, asked: Asked, decision: Outcome | None) -> Span:
    """The decisions behind a figure."""
    return Span(model_name, asked.first, asked.last, asked.version or None, SEGMENTS.get(asked.segment), decision)


def headline_of_record(whole: Sums, recorded: Recorded, asked: Asked, language: Language) -> str:
    """How many decisions, the share granted and the expected cost, in a sentence."""
    window = say(language, f"watch.latest_{asked.latest}" if asked.latest else "watch.chosen_days",
                 first=day_or_dash(recorded.first, language), last=day_or_dash(recorded.last, language))  # fmt: skip
    counted = "watch.one_decision" if whole.decisions == 1 else "watch.so_many_decisions"
    told = say(language, counted, count=number(whole.decisions, language), window=window)
    if not whole.is_known:
        return say(language, "watch.headline_few", decisions=told, granted=number(whole.granted, language))
    approval, cost = whole.approval.value or 0.0, amount(whole.mean_cost.value, language, 2)
    return say(language, "watch.headline", decisions=told, granted=of_hundred(approval, language), cost=cost)


def _is_asked(totals: Totals, asked: Asked) -> bool:
    has_history = SEGMENTS.get(asked.segment)
    return asked.version in ("", totals.version) and has_history in (None, totals.history != NO_HISTORY)
