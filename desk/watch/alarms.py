"""The alarms of a window, with what to do about each, and what the ledger has since."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, takewhile

from desk.language.catalogue import say
from desk.language.languages import Language, moment, number, percent
from desk.watch.blocks import Table, header_of
from desk.watch.figures import amount, share_with_band, signed, with_band
from steps.evaluation.report.document import LeftOut
from steps.ledger.records import Record
from steps.monitoring.decisions.expected import APPROVAL, COST
from steps.monitoring.report.drift import Drift, ShiftFigures
from steps.monitoring.report.report import MonitoringReport

NAMED = 5
MOST = 20  # records


@dataclass(frozen=True)
class ShownAlarm:
    """An alarm: what was found, what it names in English words of the model, and what to do.

    `lang` is that of a finding that is on record as a sentence alone.
    """

    text: str
    action: str
    names: str = ""
    lang: Language | None = None


def alarms(report: MonitoringReport, language: Language) -> list[ShownAlarm]:
    """The alarms in the order of the report."""
    action = say(language, "watch.do_feed")
    lang: Language | None = None if language == "en" else "en"
    raised = [ShownAlarm(each.sentence, action, lang=lang) for each in report.feeds.broken]
    for of_figures in (_cost, _calibration, _fairness):
        raised += of_figures(report, language)
    return raised + _drift(report.drift, language)


def since(records: Iterable[Record], at: datetime, language: Language) -> Table | None:
    """What the ledger has since a time, the newest first; None without anything. `records` are the newest first."""
    second = at.replace(microsecond=0)  # as the ledger's times
    newer = list(islice(takewhile(lambda record: record.at >= second, records), MOST))
    if not newer:
        return None
    rows = [
        [
            moment(each.at, language),
            each.who,
            say(language, f"watch.event_{each.event.value}"),
            say(language, "watch.version_named", version=each.version or "–"),
            say(language, f"watch.outcome_{each.outcome.value.replace(' ', '_')}"),
            each.reason,
        ]
        for each in newer
    ]
    header = header_of(("when", "who", "event", "version", "outcome", "reason"), language)
    return Table(say(language, "watch.since"), header, rows, words=6)


def _cost(report: MonitoringReport, language: Language) -> list[ShownAlarm]:
    cost, raised = report.cost, []
    if COST in cost.alarmed and cost.cost.value is not None:
        change = signed(100 * (cost.cost.value / cost.reference_cost - 1), language)
        figures = {"cost": with_band(cost.cost, language), "reference": amount(cost.reference_cost, language)}
        raised.append(_alarm(language, "cost", "cost", change=change, **figures))
    if APPROVAL in cost.alarmed:
        granted, then = share_with_band(cost.granted, language), percent(cost.reference_granted, language)
        raised.append(_alarm(language, "approval", "cost", granted=granted, reference=then))
    return raised


def _calibration(report: MonitoringReport, language: Language) -> list[ShownAlarm]:
    if isinstance(report.outcomes, LeftOut) or not report.outcomes.calibration.alarmed:
        return []
    ratio = with_band(report.outcomes.calibration.ratio, language)
    return [_alarm(language, "calibration", "calibration", ratio=ratio)]


def _fairness(report: MonitoringReport, language: Language) -> list[ShownAlarm]:
    return [
        _alarm(
            language,
            "fairness",
            "fairness",
            [f"{each.attribute} {each.group}"],
            ratio=with_band(each.ratio, language),
            reference=amount(each.reference_ratio, language),
        )
        for each in report.fairness.groups
        if each.test in report.fairness.alarmed
    ]


def _drift(drift: Drift, language: Language) -> list[ShownAlarm]:
    raised = []
    if drift.drifted:
        worst = [each.named for each in sorted(drift.drifted, key=lambda each: -each.psi)]
        raised.append(_alarm(language, "fields", "drift", worst, fields=number(len(worst), language)))
    for key, shift in (("history", drift.history), ("score", drift.score), ("decisions", drift.outcomes)):
        if isinstance(shift, ShiftFigures) and shift.raised:
            raised.append(_alarm(language, key, "drift", psi=amount(shift.psi, language)))
    reasons = [each.name for each in drift.reasons if each.raised]
    if reasons:
        raised.append(_alarm(language, "reasons", "drift", reasons))
    groups = [f"{each.attribute} {each.group}" for each in drift.hidden]
    if groups:
        raised.append(_alarm(language, "groups", "drift", groups, count=number(len(groups), language)))
    return raised


def _alarm(language: Language, key: str, action: str, names: Sequence[str] = (), **figures: str) -> ShownAlarm:
    """The alarm of `watch.alarm_KEY`, with what to do by `watch.do_ACTION`."""
    return ShownAlarm(say(language, f"watch.alarm_{key}", **figures), say(language, f"watch.do_{action}"), _some(names))


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")
