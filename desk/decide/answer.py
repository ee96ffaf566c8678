"""A decision as the page tells it: the sentence, the scale, the costs, and the steps that lead to it."""

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from custom_model.decisions import Decision
from custom_model.reasons import Contribution, Reason
from desk.charts.scale import probability_scale
from desk.charts.waterfall import Step, share, waterfall
from desk.language.catalogue import say
from desk.language.decision_words import headline
from desk.language.field_words import topic
from desk.language.languages import Language
from desk.language.localized import Localized
from desk.language.reason_words import sentence

MOST_STEPS = 7  # matters with a bar of their own


@dataclass(frozen=True)
class Row:
    """A step as the table has it: the matter, what it adds to the log-odds, and the probability after it."""

    words: str
    contribution: float
    after: float


@dataclass(frozen=True)
class Answer:
    """A decision in words and pictures; `steps` is empty where the served version does not explain itself."""

    decision: Decision
    headline: str
    scale: Markup
    reasons: list[Localized]
    waterfall: Markup | None
    rows: list[Row]


def tell(decision: Decision, language: Language) -> Answer:
    """What the page shows of a decision."""
    probability, threshold = decision["probability_of_default"], decision["threshold"]
    start, steps = steps_of(decision, language)
    rows, reached = [], start
    for step in steps:
        reached += step.contribution
        rows.append(Row(step.words, step.contribution, share(reached)))
    return Answer(
        decision=decision,
        headline=headline(decision["decision"], probability, threshold, language),
        scale=probability_scale(probability, threshold, language),
        reasons=[sentence(each["text"], language) for each in decision["reasons"]],
        waterfall=waterfall(start, steps, language) if steps else None,
        rows=rows,
    )


def steps_of(decision: Decision, language: Language) -> tuple[float, list[Step]]:
    """The average client's log-odds, and the matters that lead from there to this client's, largest first.

    Matters beyond `MOST_STEPS` are one step; 0 and no steps where the version does not explain itself by topic.
    """
    explanation = decision.get("explanation")
    if explanation is None:
        return 0.0, []
    topics, own = explanation["topics"], reason_of(decision["reasons"])
    steps = [_step(each, own, language) for each in topics[:MOST_STEPS]]
    rest = sum(each["contribution"] for each in topics[MOST_STEPS:])
    if rest:
        steps.append(Step(say(language, "scale.others"), rest, language))
    return explanation["expected_log_odds"], steps


def reason_of(reasons: Iterable[Reason]) -> dict[str, str]:
    """The sentences of the reasons, by topic."""
    return {each["code"]: each["text"] for each in reasons if each["contribution"] > 0}


def _step(topic_of: Contribution, reasons: dict[str, str], language: Language) -> Step:
    """A topic as a step: in the words of the reason that it gives, else by its name."""
    code, contribution = topic_of["code"], topic_of["contribution"]
    if code not in reasons:
        return Step(topic(code, language), contribution, language)
    words, lang = sentence(reasons[code], language)
    return Step(words, contribution, lang)
