"""The alarms of a window, with what to do about each, and what the ledger has since."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, takewhile

from desk.language.catalogue import say
from desk.language.languages import Language, moment, number, percent
from desk.watch.blocks import Table
from desk.watch.figures import amount, share_with_band, signed, with_band
from steps.evaluation.report.document import LeftOut
from steps.ledger.records import Record
from steps.monitoring.decisions.expected import APPROVAL, COST
from steps.monitoring.report.drift import Drift, ShiftFigures
from steps.monitoring.report.report import MonitoringReport

NAMED = 5
MOST = 20  # records


@dataclass(frozen=True)
class Told:
    """An alarm: what was found, what it names in English words of the model, and what to do.

    `lang` is that of a finding that is on record as a sentence alone.
    """

    text: str
    action: str
    names: str = ""
    lang: Language | None = None


def alarms(report: MonitoringReport, language: Language) -> list[Told]:
    """The alarms in the order of the report."""
    told = [
        Told(each.sentence, say(language, "watch.do_feed"), lang="en" if language != "en" else None)
        for each in report.feeds.broken
    ]
    return [*told, *_cost(report, language), *_calibration(report, language), *_fairness(report, language),
            *_drift(report.drift, language)]  # fmt: skip


def since(records: Iterable[Record], at: datetime, language: Language) -> Table | None:
    """What the ledger has since a time, the newest first; None without anything. `records` are the newest first."""
    newer = list(islice(takewhile(lambda record: record.at > at, records), MOST))
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
    header = [say(language, f"watch.{key}") for key in ("when", "who", "event", "version", "outcome", "reason")]
    return Table(say(language, "watch.since"), header, rows, words=6)


def _cost(report: MonitoringReport, language: Language) -> list[Told]:
    cost, told = report.cost, []
    if COST in cost.alarmed and cost.cost.value is not None:
        change = signed(100 * (cost.cost.value / cost.reference_cost - 1), language)
        figures = {"cost": with_band(cost.cost, language), "reference": amount(cost.reference_cost, language)}
        told.append(Told(say(language, "watch.alarm_cost", change=change, **figures), say(language, "watch.do_cost")))
    if APPROVAL in cost.alarmed:
        granted, then = share_with_band(cost.granted, language), percent(cost.reference_granted, language)
        told.append(
            Told(say(language, "watch.alarm_approval", granted=granted, reference=then), say(language, "watch.do_cost"))
        )
    return told


def _calibration(report: MonitoringReport, language: Language) -> list[Told]:
    if isinstance(report.outcomes, LeftOut) or not report.outcomes.calibration.alarmed:
        return []
    ratio = with_band(report.outcomes.calibration.ratio, language)
    return [Told(say(language, "watch.alarm_calibration", ratio=ratio), say(language, "watch.do_calibration"))]


def _fairness(report: MonitoringReport, language: Language) -> list[Told]:
    return [
        Told(
            say(
                language,
                "watch.alarm_fairness",
                ratio=with_band(each.ratio, language),
                reference=amount(each.reference_ratio, language),
            ),
            say(language, "watch.do_fairness"),
            f"{each.attribute} {each.group}",
        )
        for each in report.fairness.groups
        if each.test in report.fairness.alarmed
    ]


def _drift(drift: Drift, language: Language) -> list[Told]:
    action, told = say(language, "watch.do_drift"), []
    if drift.drifted:
        worst = sorted(drift.drifted, key=lambda each: -each.psi)
        told.append(
            Told(say(language, "watch.alarm_fields", fields=number(len(worst), language)), action, _some(
                [each.named for each in worst]))
        )  # fmt: skip
    for key, shift in (("history", drift.history), ("score", drift.score), ("decisions", drift.outcomes)):
        if isinstance(shift, ShiftFigures) and shift.raised:
            told.append(Told(say(language, f"watch.alarm_{key}", psi=amount(shift.psi, language)), action))
    reasons = [each.name for each in drift.reasons if each.raised]
    if reasons:
        told.append(Told(say(language, "watch.alarm_reasons"), action, _some(reasons)))
    groups = [f"{each.attribute} {each.group}" for each in drift.hidden]
    if groups:
        told.append(
            Told(say(language, "watch.alarm_groups", count=number(len(groups), language)), action, _some(groups))
        )
    return told


def _some(names: list[str]) -> str:
    return ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")
