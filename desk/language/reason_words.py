"""The sentences of reasons, as decisions record them, in the language of the page."""

from collections.abc import Mapping
from functools import cache

from desk.language.catalogue import say
from desk.language.field_words import label
from desk.language.languages import Language
from desk.language.localized import Localized
from steps.tables.aggregation import history_meanings
from steps.tables.catalogue import translations
from steps.tables.home_credit import APPLICATION, home_credit

UNUSUAL = "An unusual value is stated: "  # how custom_model.decisions begins the reason of a rule


def sentence(text: str, language: Language) -> Localized:
    """A reason as recorded, which is English, in the language asked for where it can be said in that.

    A sentence of a lender's own, from its columns' names or from policy.yaml's wording, stays as it is: "en".
    """
    if language == "en":
        return Localized(text, "en")
    if (known := translations(language).get(text)) is not None:
        return Localized(known, language)
    name = _described().get(text.removeprefix(UNUSUAL)) if text.startswith(UNUSUAL) else None
    if name is None:
        return Localized(text, "en")
    what = label(name, language)
    return Localized(say(language, "reason.unusual", field=what[:1].lower() + what[1:]), language)


@cache
def _described() -> Mapping[str, str]:
    """Each field of Home Credit's by its description, as the reason of an unusual value writes it."""
    meanings = home_credit()[APPLICATION].meanings | history_meanings()
    described = {name: meaning.description for name, meaning in meanings.items()}
    return {text[:1].lower() + text[1:].rstrip("."): name for name, text in described.items()}
