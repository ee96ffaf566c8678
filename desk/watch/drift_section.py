"""What moves the decisions: the fields whose values drift, by what that does to approvals and costs."""

from desk.charts.intervals import Interval, intervals
from desk.language.catalogue import say
from desk.language.languages import Language, number
from desk.watch.blocks import Cell, Section, Sentence, Table, header_of
from desk.watch.figures import points, signed, with_band
from steps.monitoring.report.effects import Effect, Effects

DRAWN, LISTED = 8, 20  # rows of the picture, and of the table


def drift_section(effects: Effects, language: Language) -> Section:
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
            caption, drawn, lambda value: say(language, "watch.points", figure=signed(100 * value, language))
        )
    header = header_of(("field", "refused_points", "granted_points", "cost_change", "changed"), language)
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
