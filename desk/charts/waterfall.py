"""The waterfall of a decision: from the average client's probability to this one's, a step for each matter.

A list, so that its words wrap on a phone and are read out in their order; each step has a bar on one common scale.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp

from markupsafe import Markup

from desk.charts.svg import rectangle
from desk.language.catalogue import say
from desk.language.languages import Language, percent

WIDTH, HEIGHT = 100.0, 6.0  # units of a bar's picture, which is stretched to the column
MARK = 0.8  # width of the mark of a client
ROOM = 0.02  # of the scale, at both ends


@dataclass(frozen=True)
class Step:
    """One matter: what it is, in words and their language, and what it adds to the log-odds of a default."""

    words: str
    contribution: float
    lang: Language


def share(log_odds: float) -> float:
    """The probability of these log-odds."""
    return 1.0 / (1.0 + exp(-log_odds))


def waterfall(start: float, steps: list[Step], language: Language) -> Markup:
    """Bars of which each begins where the one before ended, with the probability that it reaches.

    `start` is the log-odds of the average client; with the steps they add up to the client's.
    """
    places = [start]
    for step in steps:
        places.append(places[-1] + step.contribution)
    low, width = min(places), (max(places) - min(places)) or 1.0

    def x(log_odds: float) -> float:
        return WIDTH * (ROOM + (1 - 2 * ROOM) * (log_odds - low) / width)

    rows = [
        _client("scale.average", start, x, language),
        *(_row(step, before, x, language) for step, before in zip(steps, places, strict=False)),
        _client("scale.this_client", places[-1], x, language),
    ]
    return Markup('<ol class="waterfall">{}</ol>').format(Markup().join(rows))


def _client(key: str, at: float, x: Callable[[float], float], language: Language) -> Markup:
    words = Markup("<strong>{} {}</strong>").format(say(language, key), percent(share(at), language))
    return _item(words, rectangle(x(at) - MARK / 2, 0, MARK, HEIGHT, "plain"))


def _row(step: Step, before: float, x: Callable[[float], float], language: Language) -> Markup:
    after = before + step.contribution
    rises = after > before
    lang = "" if step.lang == language else Markup(' lang="{}"').format(step.lang)
    words = Markup("<span{}>{} {}</span> <small>{}</small>").format(
        lang,
        "▲" if rises else "▼",
        step.words,
        say(language, "scale.rises_to" if rises else "scale.falls_to", share=percent(share(after), language)),
    )
    bar = rectangle(x(min(before, after)), 0, abs(x(after) - x(before)), HEIGHT, "refused" if rises else "granted")
    return _item(words, bar)


def _item(words: Markup, bar: Markup) -> Markup:
    return Markup(
        '<li>{}<svg class="chart" viewBox="0 0 {:g} {:g}" preserveAspectRatio="none" aria-hidden="true">{}</svg></li>'
    ).format(words, WIDTH, HEIGHT, bar)
