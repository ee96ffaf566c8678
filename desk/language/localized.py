"""A text with the language that it is in, which may be another than the page's."""

from typing import NamedTuple

from desk.language.languages import Language


class Localized(NamedTuple):
    """A text, and its language."""

    text: str
    lang: Language
