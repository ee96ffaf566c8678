"""What monitor found in a window, section by section, in the page's language."""

from collections.abc import Iterator

from desk.charts.curves import MOST, Curve, curves
from desk.charts.intervals import Interval, intervals
from desk.language.catalogue import say
from desk.language.languages import Language, number, percent, plain
from desk.watch.blocks import Cell, Section, Sentence, Table
from desk.watch.figures import amount, points, share_with_band, signed, with_band
from desk.watch.traffic import COURSE
from steps.evaluation.groups import SMALLEST_GROUP
from steps.evaluation.report.document import UNKNOWN, LeftOut
from steps.monitoring.decisions.fairness import Fairness, ProtectedGroup
from steps.monitoring.outcomes.calibration_in_use import CalibrationInUse
from steps.monitoring.outcomes.known import Known
from steps.monitoring.outcomes.realised import Realised
from steps.monitoring.outcomes.vintages import Vintages
from steps.monitoring.report.effects import Effect, Effects
from steps.monitoring.report.report import MonitoringReport

LABELS = "mlflow run . -e monitor -P labels=outcomes.csv"
DRAWN, LISTED = 8, 20  # rows of a picture, and of a table


def found(report: MonitoringReport, language: Language) -> Iterator[Section]:
    """The sections: what the loans cost first, then what moves the decisions, then who is granted."""
    if isinstance(report.outcomes, LeftOut):
        yield Section(
            say(language, "watch.realised_title"), [Sentence(say(language, "watch.no_outcomes"))], commands=[LABELS]
        )
    else:
        yield from _known(report.outcomes, language)
    yield _drift(report.effects, language)
    yield _fairness(report.fairness, language)
    yield _people(report, language)


def _known(known: Known, language: Language) -> Iterator[Section]:
    yield _realised(known, language)
    yield _calibration(known.calibration, language)
    yield _vintages(known.vintages, language)


def _realised(known: Known, language: Language) -> Section:
    realised: Realised = known.realised
    title, maturity = say(language, "watch.realised_title"), realised.maturity
    if not realised.loans or maturity.has_defaults_alone:
        return Section(title, [Sentence(say(language, "watch.no_rate"))])
    sentences = [
        Sentence(
            say(
                language,
                "watch.realised",
                loans=number(realised.loans, language),
                defaulted=share_with_band(realised.default_rate, language),
                cost=with_band(realised.cost, language),
                expected=amount(realised.cost_expected, language),
            )
        )
    ]
    if maturity.is_provisional:
        sentences.append(Sentence(say(language, "watch.provisional", months=maturity.months), is_warning=True))
    if known.refused.best is not None:
        best, worst = (amount(each, language) for each in (known.refused.best, known.refused.worst))
        sentences.append(Sentence(say(language, "watch.with_refused", best=best, worst=worst)))
    rows = [
        [
            each.start,
            number(each.decisions, language),
            number(each.loans, language),
            share_with_band(each.default_rate, language),
            _share(each.expected, language),
            amount(each.cost_realised, language),
            amount(each.cost_expected, language),
        ]
        for each in realised.cohorts
        if each.decisions
    ]
    keys = ("cohort", "decisions", "loans", "defaulted", "expected_defaults", "cost_realised", "cost_expected")
    return Section(title, sentences, table=Table(say(language, "watch.by_cohort"), _header(keys, language), rows))


def _calibration(calibration: CalibrationInUse, language: Language) -> Section:
    title, ratio = say(language, "watch.calibration_title"), calibration.ratio
    if ratio.value is None or ratio.low is None or ratio.high is None or calibration.maturity.has_defaults_alone:
        return Section(title, [Sentence(say(language, "watch.no_calibration"))])
    state = "provisional" if calibration.maturity.is_provisional else "right"
    if state == "right" and not ratio.low <= 1 <= ratio.high:
        state = "low" if ratio.low > 1 else "high"
    verdict = say(
        language,
        f"watch.calibration_{state}",
        ratio=with_band(ratio, language),
        defaults=number(calibration.defaults, language),
        expected=number(calibration.expected, language),
        loans=number(calibration.loans, language),
    )
    rows = [
        [number(place, language), number(each.loans, language), percent(each.expected, language),
         share_with_band(each.realised, language)]
        for place, each in enumerate(calibration.tenths, 1)
    ]  # fmt: skip
    header = _header(("from_the_lowest", "loans", "expected_defaults", "defaulted"), language)
    table = Table(say(language, "watch.by_probability"), header, rows) if rows else None
    return Section(title, [Sentence(verdict, is_warning=state in ("low", "high"))], table=table)


def _vintages(vintages: Vintages, language: Language) -> Section:
    title = say(language, "watch.vintages_title")
    if not vintages.vintages:
        return Section(title, [Sentence(say(language, "watch.no_vintages", least=SMALLEST_GROUP))])
    longest = max(len(each.rates) for each in vintages.vintages) - 1
    rows = [
        [each.start, number(each.loans, language), number(len(each.rates) - 1, language),
         percent(each.rates[-1], language)]
        for each in vintages.vintages
    ]  # fmt: skip
    sentences = [Sentence(say(language, "watch.vintages_meaning"))]
    if len(vintages.vintages) > MOST:
        sentences.append(Sentence(say(language, "watch.vintages_cut", most=MOST)))
    picture = None
    if longest < COURSE - 1:
        sentences = [Sentence(say(language, "watch.vintages_young"))]
    else:
        drawn = [Curve(each.start, each.rates) for each in vintages.vintages]
        ends = say(language, "watch.month_first"), say(language, "watch.month_last", months=longest)
        picture = curves(title, drawn, ends, lambda value: percent(value, language))
    header = _header(("cohort", "loans", "months", "defaulted"), language)
    return Section(title, sentences, picture, Table(title, header, rows))


def _drift(effects: Effects, language: Language) -> Section:
    title = say(language, "watch.drift_title")
    if not effects.effects:
        key = "watch.drift_unknown" if effects.left_out else "watch.no_drift"
        return Section(title, [Sentence(say(language, key, fields=number(effects.left_out, language)))])
    count, matter = len(effects.effects), len(effects.matter)
    sentences = [
        Sentence(
            say(language, "watch.drift", fields=number(count, language), matter=number(matter, language)),
            is_warning=bool(matter),
        ),
        Sentence(say(language, "watch.drift_meaning", requests=number(effects.requests, language))),
    ]
    rows = [_effect(each, language) for each in effects.effects[:LISTED]]
    drawn = [
        Interval(each.words, each.refused.value, each.refused.low, each.refused.high)
        for each in effects.effects[:DRAWN]
        if each.refused.value is not None and each.refused.low is not None and each.refused.high is not None
    ]
    picture = None
    if drawn:
        caption = say(language, "watch.drift_picture")
        picture = intervals(
            caption, drawn, lambda value: say(language, "watch.points", figure=_points(value, language))
        )
    header = _header(("field", "refused_points", "granted_points", "cost_change", "changed"), language)
    return Section(title, sentences, picture, Table(say(language, "watch.drift_table"), header, rows))


def _effect(effect: Effect, language: Language) -> list[Cell | str]:
    changed = say(
        language,
        "watch.of",
        count=number(effect.changed, language),
        whole=number(effect.requests, language),
    )
    return [
        Cell(f"{effect.words} [{effect.name}]", lang="en"),
        points(effect.refused, language),
        points(effect.granted, language),
        with_band(effect.cost, language),
        changed,
    ]


def _fairness(fairness: Fairness, language: Language) -> Section:
    title = say(language, "watch.fairness_title")
    if not fairness.groups:
        return Section(title, [Sentence(say(language, "watch.no_groups", least=SMALLEST_GROUP))])
    state = "alarm" if fairness.alarmed else "calm" if fairness.tested else "untested"
    sentences = [
        Sentence(say(language, f"watch.fairness_{state}", count=len(fairness.alarmed)), is_warning=state == "alarm"),
        Sentence(say(language, "watch.fairness_meaning", decrease=plain(fairness.decrease, language))),
    ]
    drawn = [
        Interval(
            f"{each.attribute} {each.group}",
            each.granted.value,
            each.granted.low,
            each.granted.high,
            each.reference_granted.value,
        )
        for each in fairness.groups
        if each.granted.value is not None and each.granted.low is not None and each.granted.high is not None
    ]
    picture = intervals(say(language, "watch.fairness_picture"), drawn, lambda value: percent(value, language, 0))
    keys = ["group", "decisions", "granted", "granted_then", "ratio", "ratio_then"]
    header = _header([*keys, *(["loans", "defaulted"] if fairness.has_outcomes else [])], language)
    rows = [_group(each, fairness.has_outcomes, language) for each in fairness.groups]
    return Section(title, sentences, picture if drawn else None, Table(title, header, rows))


def _group(group: ProtectedGroup, has_outcomes: bool, language: Language) -> list[Cell | str]:
    outcomes = [number(group.loans, language), share_with_band(group.default_rate, language)] if has_outcomes else []
    return [
        Cell(f"{group.attribute} {group.group}", lang="en"),
        number(group.decisions, language),
        share_with_band(group.granted, language),
        _share(group.reference_granted.value, language),
        with_band(group.ratio, language),
        amount(group.reference_ratio, language),
        *outcomes,
    ]


def _people(report: MonitoringReport, language: Language) -> Section:
    people = report.overridden
    key = "watch.people_unknown" if not people.is_on_record else "watch.people" if people.answers else "watch.nobody"
    words = say(language, key, answers=number(people.answers, language))
    if not people.answers:
        return Section(say(language, "watch.people_title"), [Sentence(words)])
    rows = [
        [say(language, f"frame.{name}"), *(number(row.get(each, 0), language) for each in ("granted", "refused"))]
        for name, row in people.changed.items()
    ]
    header = [say(language, key) for key in ("watch.by_model", "frame.granted", "frame.refused")]
    return Section(
        say(language, "watch.people_title"),
        [Sentence(words)],
        table=Table(say(language, "watch.people_table"), header, rows),
    )


def _header(keys: list[str] | tuple[str, ...], language: Language) -> list[str]:
    return [say(language, f"watch.{key}") for key in keys]


def _share(value: float | None, language: Language) -> str:
    return UNKNOWN if value is None else percent(value, language)


def _points(value: float, language: Language) -> str:
    return signed(100 * value, language)
