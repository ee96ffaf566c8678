"""Small documents of a user, JSON or YAML: bounded before they are read, and without what counts in silence."""

import json
import os
import stat
from collections import Counter
from pathlib import Path
from typing import Any, NoReturn

import yaml

from steps.run.printable import clipped, shown

MOST_BYTES = 256 * 1024  # policy.yaml has 4 KB
DEEPEST = 50
KINDS = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}


class UnusableDocument(ValueError):
    """Why a document cannot be read: it follows the name of the document in a message."""


def read_document(path: Path) -> str:
    """The text of a file; raise `UnusableDocument` where it is none or too large, `OSError` where it cannot be opened.

    A pipe or a device is not read: it may never end.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe without a writer would wait
    try:
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            raise UnusableDocument(f"expected a file, got {KINDS.get(stat.S_IFMT(mode), 'a device')}")
        content = os.read(handle, MOST_BYTES + 1)
    finally:
        os.close(handle)
    check_size(len(content))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusableDocument(f"expected UTF-8, got another byte at position {error.start:,}") from None


def check_size(size: int) -> None:
    """Raise `UnusableDocument` for more bytes than a document may have."""
    if size > MOST_BYTES:
        raise UnusableDocument(f"expected at most {MOST_BYTES // 1024} KiB, got more")


def parse_json(text: str) -> Any:
    """The value of a JSON text; raise `UnusableDocument` for a doubled name, of which the last would count."""
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except RecursionError:
        raise UnusableDocument(f"expected at most {DEEPEST} levels, got more") from None
    except json.JSONDecodeError as error:
        raise UnusableDocument(f"line {error.lineno}, column {error.colno}: {error.msg}") from None
    except ValueError as error:  # a number of thousands of digits
        raise UnusableDocument(clipped(str(error).partition(";")[0])) from None


def parse_yaml(text: str) -> Any:
    """The value of a YAML text; raise `UnusableDocument` where it is none, with line, column and problem."""
    try:
        return yaml.load(text, PlainLoader)
    except yaml.YAMLError as error:
        raise UnusableDocument(_place(error)) from None
    except ValueError as error:  # a date that there is not, a number of thousands of digits
        raise UnusableDocument(f"a value cannot be read: {clipped(str(error).partition(';')[0])}") from None


class PlainLoader(yaml.SafeLoader):
    """YAML without doubled keys, of which the last would count in silence, and without aliases, tags and deep nesting.

    An alias stands for a value that is elsewhere in the text: ten lines of ten aliases each are ten thousand million
    values to whoever walks through them.
    """

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent):
            self._refuse(
                event, f"the alias {shown(str(event.anchor))} stands for a value from elsewhere: write it here"
            )
        if getattr(event, "tag", None) is not None:
            self._refuse(event, f"the tag {shown(event.tag)} is not read: write the value without it")
        if self._depth == DEEPEST:
            self._refuse(event, f"there are more than {DEEPEST} levels")
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        names = Counter(key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and names[key.value] > 1:
                self._refuse(key, f"{clipped(key.value)} is there twice")
        return super().construct_mapping(node, deep)

    def _refuse(self, place: Any, problem: str) -> NoReturn:
        raise yaml.MarkedYAMLError(problem=problem, problem_mark=place.start_mark)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        name, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise UnusableDocument(f"{clipped(name)} is there twice")
    return value


def _place(error: yaml.YAMLError) -> str:
    """Line and problem, without PyYAML's excerpt."""
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    text = f"line {mark.line + 1}, column {mark.column + 1}: {problem}" if mark else str(error).splitlines()[0]
    return clipped(text)
