"""The description as a YAML file: written for a person to read and correct, and read back."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from custom_model.expectations import expectation, nearest
from steps.description.document import Column, Description, Outcome, Reading
from steps.run.atomic import atomic_write
from steps.run.console import UserError
from steps.run.documents import Texts, UnusableDocument, parse_texts, read_document
from steps.run.printable import clipped, printable
from steps.tables.words import Words

SUFFIXES = (".yaml", ".yml")
MOST_BYTES = 4 << 20  # one of 10,000 columns has 1 MB
PLAIN = re.compile(r"[\w$](?:[\w$%./+()<>-]| (?=[\w$%.(<>]))*")  # texts that need no quotes in YAML
LISTED = 20  # problems that a message names
HEAD = """\
# What {file} says, as `mlflow run . -e describe` found it. Correct what is wrong, and train on it: -P data={name}
#
# file       the data; a relative path starts from the folder of this description
# reading    of a text file: separator, quote, skip (lines above its header), encoding; of a workbook: sheet, skip
# id         the column that tells the clients apart; none: the content of a row does
# target     column: the outcome of the loan; default: its values that are defaults; no_default: those of good loans;
#            rows with any other value, or with none, are kept aside and counted
# date       the column of the date of the application, by which the latest are held out; none: there is no such column
# days_from  without such a column, the day that all dates count from, in this file and in later ones
# leaks      stop the training where a column reveals the outcome, or leave-out such columns
# columns    every column in the file's order, one a line:
#   is         number, percentage (13.5 for 13.5%), money, duration, yes/no, category, date or text
#   unit       of money its sign; of a duration days, weeks, months or years
#   decimal    the decimal sign of its numbers, where it is a comma
#   written    of a date its spellings, of which the first that fits counts: '%d/%m/%Y'
#   also       of a date what the model has beside its days: month (1 to 12), weekday (1 for Monday), or both
#   missing    its marks of a missing value, beside an empty one
#   use        false: the model never has it, for the reason in `because`
#   words      what it is, such as Monthly income of the household; or its sentences for a client, as
#              {{about: ..., low: ..., high: ..., missing: ...}}
#   protected  true: every report has the decisions group by group of it
#   direction  increasing or decreasing: how the risk must move with it
# All values are read as texts: yes, NULL and 1 need no quotes.
"""


def is_description(path: Path) -> bool:
    """Whether this path names a description."""
    return path.suffix.lower() in SUFFIXES


def read_description(path: Path) -> Description:
    """The description in this file; raise `UserError` naming each entry that is wrong, with its line."""
    try:
        text = read_document(path, MOST_BYTES)
    except FileNotFoundError:
        raise UserError(f"{path}: expected a description, found no such file") from None
    except (OSError, UnusableDocument) as error:
        raise UserError(f"{path} cannot be read as a description: {error}") from None
    try:
        content = parse_texts(text)
    except UnusableDocument as error:
        raise UserError(f"{path} is not YAML: {error}; expected lines such as `name: value`") from None
    if not isinstance(content.value, dict):
        raise UserError(f"{path}: expected the entries of a description; `mlflow run . -e describe` writes one")
    try:
        return Description.model_validate(content.value)
    except ValidationError as error:
        problems = [_problem(each, content) for each in error.errors(include_url=False)]
        rest = f"; and {len(problems) - LISTED:,} more" if len(problems) > LISTED else ""
        raise UserError(printable(f"{path}: {'; '.join(problems[:LISTED])}{rest}")) from None


def write_description(description: Description, path: Path) -> None:
    """Write it as YAML with the meaning of its entries at the head, a column a line; an existing file is kept."""
    text = "\n".join(_lines(description, path.name))
    if path.exists():
        raise UserError(f"out: {path} exists, and may have been corrected: name another file, or remove it")
    with atomic_write(path) as unfinished:
        unfinished.write_text(text, "utf-8")


def _lines(description: Description, name: str) -> Iterator[str]:
    yield HEAD.format(file=_one_line(Path(description.file).name), name=_one_line(name))
    reading = description.reading
    entries: dict[str, Any] = {"file": description.file}
    if reading is not None:
        entries["reading"] = reading.model_dump(mode="json", exclude_defaults=True)
    # A column may be called none; an entry that is absent is none, too.
    absent = None if "none" in description.columns else "none"
    entries["id"] = description.id or absent
    entries["target"] = description.target.model_dump(mode="json")
    entries["date"] = description.date or absent
    entries["days_from"] = description.days_from
    entries["leaks"] = description.leaks
    for entry, value in entries.items():
        if value is not None:
            yield f"{entry}: {_flow(value)}"
    yield "columns:"
    for column, each in description.columns.items():
        yield f"  {_quoted(column)}: {_flow(_content(each))}"
    yield ""


def _content(column: Column) -> dict[str, Any]:
    content = column.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    words = content.get("words", {})
    return {**content, "words": words["about"]} if list(words) == ["about"] else content


def _flow(value: Any) -> str:
    """A value of mappings, lists, texts, numbers and booleans in YAML on one line."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_scalar(str(name))}: {_flow(each)}' for name, each in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    return _scalar(str(value).lower() if isinstance(value, bool) else str(value))


def _scalar(text: str) -> str:
    """A text in quotes where YAML would read it otherwise."""
    return text if PLAIN.fullmatch(text) and text.isprintable() else _quoted(text)


def _quoted(text: str) -> str:
    """A text in YAML's double quotes, with escapes for all that does not print: YAML has more line breaks than JSON."""
    return "".join(
        each if each.isprintable() else f"\\U{ord(each):08x}" for each in json.dumps(text, ensure_ascii=False)
    )


def _one_line(name: str) -> str:
    return name if name.isprintable() else repr(name)


def _problem(problem: ErrorDetails, content: Texts) -> str:
    """The line and the entry, what was expected there, and what came."""
    # A key of a mapping has a place of its own in pydantic, and a union's alternatives are no entries.
    place = [part for part in problem["loc"] if part != "[key]"]
    came, line = problem["input"], content.line(place)
    entry = clipped(".".join(map(str, place)))
    where = f"line {line}: " if line else ""
    if problem["type"] == "extra_forbidden":
        known = _entries(place[:-1])
        return f"{where}{entry}: expected only {', '.join(known)} here{nearest(str(place[-1]), known)}"
    if problem["type"] == "missing":
        return f"{where}{entry}: expected this entry, found none"
    said = expectation(problem)
    if problem["type"] in ("value_error", "too_short"):
        return f"{where}{entry}: {said}" if entry else f"{where}{said}"
    return f"{where}{entry}: {said}, got {clipped(repr(came))}"


def _entries(section: list[int | str]) -> list[str]:
    """The names of a section's entries, as the file has them."""
    kinds: dict[str, type[BaseModel]] = {"reading": Reading, "target": Outcome, "columns": Column}
    kind = kinds.get(str(section[0]), Description) if section else Description
    if section and section[-1] == "words" and len(section) > 2:
        kind = Words
    return [field.alias or name for name, field in kind.model_fields.items()]
