"""The decisions of the window in pictures and tables, with the way from a figure to the decisions behind it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from markupsafe import Markup

from desk.charts.columns import Part, columns, small_multiples
from desk.charts.course import Level, Point, course
from desk.language.catalogue import say
from desk.language.languages import MONTHS, Language, day, number, of_hundred, percent, plain
from desk.watch.asked import Asked
from desk.watch.blocks import Cell, Section, Sentence, Table, header_of
from desk.watch.figures import amount, share_with_band, with_band
from desk.watch.traffic import Period, Sums, Traffic
from steps.evaluation.groups import SMALLEST_GROUP
from steps.evaluation.report.document import UNKNOWN, Estimate
from steps.monitoring.decisions.expected import ExpectedCost

OUTCOMES = ("granted", "refused", "referred")


def traffic_sections(
    traffic: Traffic, asked: Asked, reference: ExpectedCost | None, language: Language
) -> list[Section]:
    """Volume, approvals, expected cost and versions; `reference` is what the monitored window was held against."""
    few = [] if traffic.has_course else [Sentence(say(language, "watch.no_course"))]
    approval = None if reference is None else reference.reference_granted
    cost = None if reference is None else reference.reference_cost
    return [
        _volume(traffic, asked, few, language),
        _approval(traffic, approval, language),
        _rate("cost", traffic, lambda sums: sums.mean_cost, cost, with_band, amount, plain, language),
        _versions(traffic, language),
    ]


def label(period: Period, unit: str, language: Language) -> str:
    """A period in words: 3 March 2026, week of 2 March 2026, March 2026."""
    if unit == "month":
        return f"{MONTHS[language][period.first.month - 1]} {period.first.year}"
    first = day(period.first, language)
    return first if unit == "day" else say(language, "watch.week_of", day=first)


def _volume(traffic: Traffic, asked: Asked, few: list[Sentence], language: Language) -> Section:
    parts = [
        Part(say(language, f"watch.{name}"), [getattr(each.sums, name) for each in traffic.periods], name)
        for name in OUTCOMES
    ]
    rows: list[list[Cell | str]] = [
        [
            Cell(label(each, traffic.unit, language), asked.decisions(each.first, each.last)),
            number(each.sums.decisions, language),
            *(_behind(getattr(each.sums, name), name, each, asked, language) for name in OUTCOMES),
        ]
        for each in traffic.periods
        if each.sums.decisions
    ]
    title = say(language, f"watch.volume_by_{traffic.unit}")
    header = header_of(("period", "decisions", *OUTCOMES), language)
    picture = columns(title, _ends(traffic, language), parts, lambda value: _count(value, language))
    behind = Sentence(say(language, "watch.behind"))
    return Section(
        title,
        [*few, behind],
        picture if traffic.has_course else None,
        Table(title, header, rows),
        not traffic.has_course,
    )


def _behind(count: int, decision: str, period: Period, asked: Asked, language: Language) -> Cell:
    href = asked.decisions(period.first, period.last, decision) if count else ""
    return Cell(number(count, language), href)


def _approval(traffic: Traffic, reference: float | None, language: Language) -> Section:
    rate = _rate("approval", traffic, lambda sums: sums.approval, reference, share_with_band, _share, _share, language)
    whole = traffic.whole
    if not whole.granted or not whole.is_known:
        return rate
    share = of_hundred(whole.defaults / whole.granted, language)
    return replace(rate, sentences=[*rate.sentences, Sentence(say(language, "watch.granted_default", share=share))])


def _rate(
    name: str,
    traffic: Traffic,
    of: Callable[[Sums], Estimate],
    reference: float | None,
    in_full: Callable[[Estimate, Language], str],
    write: Callable[[float, Language], str],
    mark: Callable[[float, Language], str],
    language: Language,
) -> Section:
    """A rate over time; `in_full` writes it with its interval, `write` alone, and `mark` on the axis."""
    title, whole = say(language, f"watch.{name}"), of(traffic.whole)
    sentences = [Sentence(say(language, f"watch.{name}_whole", figure=in_full(whole, language)))]
    if whole.value is None:
        sentences = [Sentence(say(language, "watch.too_few", least=SMALLEST_GROUP))]
    elif reference is not None:
        sentences.append(Sentence(say(language, f"watch.{name}_reference", figure=write(reference, language))))
    sentences.append(Sentence(say(language, f"watch.{name}_meaning")))
    points = [_point(label(each, traffic.unit, language), of(each.sums)) for each in traffic.periods]
    level = None if reference is None else Level(reference, say(language, "watch.reference"))
    rows = [
        [point.label, number(each.sums.decisions, language), in_full(of(each.sums), language)]
        for point, each in zip(points, traffic.periods, strict=True)
        if each.sums.decisions
    ]
    header = header_of(("period", "decisions", name), language)
    picture: Markup | None = None
    if traffic.has_course:
        picture = course(
            title, points, lambda value: write(value, language), lambda value: mark(value, language), level
        )
    return Section(title, sentences, picture, Table(title, header, rows))


def _point(words: str, rate: Estimate) -> Point:
    return Point(words, rate.value, rate.low, rate.high)


def _versions(traffic: Traffic, language: Language) -> Section:
    title = say(language, "watch.versions")
    names = {version: say(language, "watch.version_named", version=version or UNKNOWN) for version in traffic.versions}
    counts = {version: sum(each) for version, each in traffic.versions.items()}
    if len(names) == 1:
        (name,) = names.values()
        return Section(title, [Sentence(say(language, "watch.one_version", version=name))])
    total = sum(counts.values())
    rows = [
        [name, number(counts[version], language), percent(counts[version] / total, language)]
        for version, name in names.items()
    ]
    header = header_of(("version", "decisions", "share"), language)
    picture = None
    if traffic.has_course:
        parts = [
            Part(say(language, "watch.version_count", version=name, count=number(counts[version], language)),
                 traffic.versions[version], "bar")
            for version, name in names.items()
        ]  # fmt: skip
        picture = small_multiples(title, _ends(traffic, language), parts, lambda value: _count(value, language))
    return Section(title, [Sentence(say(language, "watch.versions_meaning"))], picture, Table(title, header, rows))


def _ends(traffic: Traffic, language: Language) -> tuple[str, str]:
    periods: Sequence[Period] = traffic.periods
    return label(periods[0], traffic.unit, language), label(periods[-1], traffic.unit, language)


def _share(value: float, language: Language) -> str:
    return percent(value, language, 0)


def _count(value: float, language: Language) -> str:
    return number(value, language) if value == round(value) else ""
