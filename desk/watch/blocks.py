"""What a section of the page is made of: sentences, a picture, and the same data as a table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from desk.language.catalogue import say
from desk.language.languages import Language


@dataclass(frozen=True)
class Sentence:
    """A sentence in a language of its own where it is recorded as such; `is_warning`: it asks for attention."""

    text: str
    lang: Language | None = None
    is_warning: bool = False


@dataclass(frozen=True)
class Cell:
    """A cell of a table; `href` leads to what is behind its figure."""

    text: str
    href: str = ""
    lang: Language | None = None


@dataclass(frozen=True)
class Table:
    """A table whose first `words` columns are words, the others figures; a cell may be its text alone."""

    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell | str]]
    words: int = 1


@dataclass(frozen=True)
class Section:
    """A titled part of the page; its table is folded unless it `is_open`, as where it stands for a picture."""

    title: str
    sentences: Sequence[Sentence] = ()
    picture: Markup | None = None
    table: Table | None = None
    is_open: bool = False
    commands: Sequence[str] = ()


def header_of(keys: Iterable[str], language: Language) -> list[str]:
    """The header of a table: the words of Watch by these keys."""
    return [say(language, f"watch.{key}") for key in keys]
