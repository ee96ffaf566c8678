"""Who is granted: the protected groups, and the decisions that people changed."""

from desk.charts.intervals import Interval, intervals
from desk.language.catalogue import say
from desk.language.languages import Language, number, percent, plain
from desk.watch.blocks import Cell, Section, Sentence, Table, header_of
from desk.watch.figures import amount, share, share_with_band, with_band
from steps.evaluation.groups import SMALLEST_GROUP
from steps.monitoring.decisions.fairness import Fairness, ProtectedGroup
from steps.monitoring.outcomes.overridden import Overridden


def fairness_section(fairness: Fairness, language: Language) -> Section:
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
    header = header_of([*keys, *(["loans", "defaulted"] if fairness.has_outcomes else [])], language)
    rows = [_group(each, fairness.has_outcomes, language) for each in fairness.groups]
    return Section(title, sentences, picture if drawn else None, Table(title, header, rows))


def _group(group: ProtectedGroup, has_outcomes: bool, language: Language) -> list[Cell | str]:
    outcomes = [number(group.loans, language), share_with_band(group.default_rate, language)] if has_outcomes else []
    return [
        Cell(f"{group.attribute} {group.group}", lang="en"),
        number(group.decisions, language),
        share_with_band(group.granted, language),
        share(group.reference_granted.value, language),
        with_band(group.ratio, language),
        amount(group.reference_ratio, language),
        *outcomes,
    ]


def people_section(people: Overridden, language: Language) -> Section:
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
