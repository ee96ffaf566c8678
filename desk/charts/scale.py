"""The scale of a decision: the probability of default against the threshold, from zero on."""

from math import ceil

from markupsafe import Markup

from desk.charts.svg import circle, figure, line, rectangle, text
from desk.language.catalogue import say
from desk.language.languages import Language, percent

WIDTH, HEIGHT, TOP, BAR = 480.0, 132.0, 44.0, 22.0
ROOM = 1.25  # the scale's end over the larger of its two figures
SIDE = 90.0  # units in which a label at an edge begins or ends there


def probability_scale(probability: float, threshold: float, language: Language) -> Markup:
    """A straight scale from 0 to a round end: granted below the threshold, refused from it on, and the client's place.

    Both figures are probabilities of default between 0 and 1.
    """
    end = scale_end(max(probability, threshold))
    at, limit = WIDTH * probability / end, WIDTH * threshold / end
    below = say(language, "scale.threshold", share=percent(threshold, language))
    title = say(
        language,
        "scale.title",
        probability=percent(probability, language),
        threshold=percent(threshold, language),
    )
    parts = [
        rectangle(0, TOP, limit, BAR, "granted-soft"),
        rectangle(limit, TOP, WIDTH - limit, BAR, "refused-soft"),
        line(limit, TOP - 6, limit, TOP + BAR + 6, "threshold"),
        text(limit, TOP + BAR + 26, below, "", _at(limit)),
        circle(at, TOP + BAR / 2, 9, "refused" if probability >= threshold else "granted"),
        text(at, TOP - 14, say(language, "scale.client", share=percent(probability, language)), "strong", _at(at)),
        text(0, HEIGHT - 6, percent(0, language, 0), "soft"),
        text(WIDTH, HEIGHT - 6, percent(end, language, 0), "soft", "end"),
    ]
    return figure(HEIGHT, title, parts, WIDTH)


def scale_end(largest: float) -> float:
    """The end of the scale: a round share, at most 1, with some room to the larger figure's right."""
    for step in (0.05, 0.1, 0.25):
        end = step * ceil(round(ROOM * largest / step, 9))
        if end <= 4 * step:
            return min(1.0, end)
    return 1.0


def _at(place: float) -> str:
    """How a label at this place is anchored, so that it stays within the figure."""
    return "start" if place < SIDE else "end" if place > WIDTH - SIDE else "middle"
