"""Print the desk's texts and the reasons that a language lacks, by file and place: what is left to translate.

Example: python -m desk.language.missing es
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from steps.run.console import run
from steps.run.settings import PROJECT
from steps.run.yaml_file import read_yaml

FOLDER = Path(__file__).parent
# Not history.yaml, whose French stands by the English parts of the recipes' descriptions: see history_words.py.
FILES = (*sorted((FOLDER / "words").glob("*.yaml")), FOLDER / "fields.yaml", FOLDER / "levels.yaml")
REASONS = PROJECT / "steps" / "tables" / "reasons.yaml"


def missing(document: Any, language: str, place: str = "") -> Iterator[str]:
    """The places of a document with a text in English and none in the language, such as "title" or "levels.CAR.Y"."""
    if not isinstance(document, dict):
        return
    if isinstance(document.get("en"), str):
        if language not in document:
            yield place
        return
    for key, part in document.items():
        yield from missing(part, language, f"{place}.{key}" if place else str(key))


def main(language: Annotated[str, typer.Argument(help="Its code in ISO 639-1, such as es.")]) -> None:
    """Print each text that the language lacks, and how many there are."""
    count = 0
    for file in (*FILES, REASONS):
        for place in missing(read_yaml(file), language):
            print(f"{file.relative_to(PROJECT)}: {place}")
            count += 1
    print(f"{count:,} texts lack {language}")


if __name__ == "__main__":
    run(main)
