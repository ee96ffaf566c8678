"""A decision as a sentence."""

from desk.language.catalogue import say
from desk.language.languages import Language, of_hundred


def headline(outcome: str, probability: float, threshold: float, language: Language) -> str:
    """What was decided, and the two figures that it rests on, with the decimals that tell them apart.

    `outcome` is granted, refused or referred; both figures are probabilities of default between 0 and 1.
    """
    expected, least = of_hundred(probability, language, threshold), of_hundred(threshold, language, probability)
    return say(language, f"decide.is_{outcome}", expected=expected, least=least)
