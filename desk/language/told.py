"""A text with the language that it is in, which may be another than the page's."""

from dataclasses import dataclass

from desk.language.languages import Language


@dataclass(frozen=True)
class Told:
    """A text, and its language."""

    text: str
    lang: Language
