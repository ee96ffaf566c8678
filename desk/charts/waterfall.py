"""The waterfall of a decision: from the average client's probability to this one's, a step for each matter."""

from dataclasses import dataclass
from math import exp, log

from markupsafe import Markup

from desk.charts.svg import WIDTH, figure, line, rectangle, text
from desk.language.catalogue import say
from desk.language.languages import Language, percent

ROW, LABEL, BAR = 48.0, 18.0, 16.0
MARGIN = 8.0
TICKS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
MOST_TICKS = 6


@dataclass(frozen=True)
class Step:
    """One matter: what it is, in words of a language, and what it adds to the log-odds of a default."""

    words: str
    contribution: float
    lang: Language | None = None


def share(log_odds: float) -> float:
    """The probability of these log-odds."""
    return 1.0 / (1.0 + exp(-log_odds))


def waterfall(start: float, steps: list[Step], language: Language) -> Markup:
    """Bars that begin where the one before ends, on a scale of log-odds with probabilities as its marks.

    `start` is the log-odds of the average client; with the steps they add up to the client's.
    """
    places = [start]
    for step in steps:
        places.append(places[-1] + step.contribution)
    low, high = min(places), max(places)
    room = 0.1 * (high - low) or 1.0
    low, high = low - room, high + room

    def x(log_odds: float) -> float:
        return MARGIN + (WIDTH - 2 * MARGIN) * (log_odds - low) / (high - low)

    height = ROW * (len(steps) + 2) + 24
    parts = [*_marks(x, low, high, height, language)]
    parts += _fixed(0, x(start), say(language, "scale.average"), share(start), language)
    for row, (step, before) in enumerate(zip(steps, places, strict=False), start=1):
        parts += _bar(row, step, x(before), x(before + step.contribution), share(before + step.contribution), language)
    parts += _fixed(len(steps) + 1, x(places[-1]), say(language, "scale.this_client"), share(places[-1]), language)
    title = say(
        language,
        "scale.steps",
        average=percent(share(start), language),
        client=percent(share(places[-1]), language),
    )
    return figure(height, title, parts)


def _marks(x, low: float, high: float, height: float, language: Language) -> list[Markup]:
    inside = [tick for tick in TICKS if low < log(tick / (1 - tick)) < high]
    inside = inside[:: max(1, -(-len(inside) // MOST_TICKS))]
    parts = []
    for tick in inside:
        place = x(log(tick / (1 - tick)))
        decimals = 0 if round(100 * tick, 6) == round(100 * tick) else 1
        parts += [line(place, 0, place, height - 20, "grid")]
        parts += [text(place, height - 4, percent(tick, language, decimals), "soft", _anchor(place))]
    return parts


def _fixed(row: int, place: float, words: str, probability: float, language: Language) -> list[Markup]:
    top = row * ROW
    return [
        text(0, top + LABEL - 3, f"{words}: {percent(probability, language)}", "strong"),
        rectangle(place - 1.5, top + LABEL + 2, 3, BAR, "plain"),
    ]


def _bar(row: int, step: Step, before: float, after: float, reached: float, language: Language) -> list[Markup]:
    top = row * ROW
    style = "refused" if after > before else "granted"
    arrow = "▲" if after > before else "▼"
    return [
        text(0, top + LABEL - 3, f"{arrow} {step.words}", ""),
        rectangle(min(before, after), top + LABEL + 2, abs(after - before), BAR, style),
        text(
            after + (6 if after > before else -6),
            top + LABEL + 15,
            percent(reached, language),
            "soft",
            ("start" if after > before else "end") if 60 < after < WIDTH - 60 else ("start" if after <= 60 else "end"),
        ),
    ]


def _anchor(place: float) -> str:
    return "start" if place < 30 else "end" if place > WIDTH - 30 else "middle"
