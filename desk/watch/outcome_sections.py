"""How the loans turned out, section by section: what they cost, whether the probabilities were right, how they age."""

from collections.abc import Iterator

from desk.charts.curves import MOST, Curve, curves
from desk.language.catalogue import say
from desk.language.languages import Language, number, percent
from desk.watch.blocks import Section, Sentence, Table, header_of
from desk.watch.figures import amount, share, share_with_band, with_band
from desk.watch.traffic import COURSE
from steps.evaluation.groups import SMALLEST_GROUP
from steps.evaluation.report.document import LeftOut
from steps.monitoring.outcomes.calibration_in_use import CalibrationInUse
from steps.monitoring.outcomes.known import Known
from steps.monitoring.outcomes.realised import Realised
from steps.monitoring.outcomes.vintages import Vintages

LABELS = "mlflow run . -e monitor --env-manager local -P labels=outcomes.csv"


def outcome_sections(outcomes: Known | LeftOut, language: Language) -> Iterator[Section]:
    """The sections; where no outcomes are known, how to tell them."""
    if isinstance(outcomes, LeftOut):
        title = say(language, "watch.realised_title")
        yield Section(title, [Sentence(say(language, "watch.no_outcomes"))], commands=[LABELS])
    else:
        yield _realised(outcomes, language)
        yield _calibration(outcomes.calibration, language)
        yield _vintages(outcomes.vintages, language)


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
            share(each.expected, language),
            amount(each.cost_realised, language),
            amount(each.cost_expected, language),
        ]
        for each in realised.cohorts
        if each.decisions
    ]
    keys = ("cohort", "decisions", "loans", "defaulted", "expected_defaults", "cost_realised", "cost_expected")
    return Section(title, sentences, table=Table(say(language, "watch.by_cohort"), header_of(keys, language), rows))


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
    header = header_of(("from_the_lowest", "loans", "expected_defaults", "defaulted"), language)
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
    header = header_of(("cohort", "loans", "months", "defaulted"), language)
    return Section(title, sentences, picture, Table(title, header, rows))
