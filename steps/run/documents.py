"""Small documents of a user, JSON or YAML: bounded before they are read, and without what counts in silence."""

import json
import os
import re
import stat
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import yaml

from steps.run.printable import clipped, shown

MOST_BYTES = 256 * 1024  # policy.yaml has 4 KB
DEEPEST = 50
HALVES = re.compile(r"[\ud800-\udfff]")  # of a surrogate pair: no file and no database takes one
KINDS = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}


class UnusableDocument(ValueError):
    """Why a document cannot be read: it follows the name of the document in a message."""


def read_document(path: Path, most: int = MOST_BYTES) -> str:
    """The text of a file; raise `UnusableDocument` where it is none or too large, `OSError` where it cannot be opened.

    `most` is in bytes. A pipe or a device is not read: it may never end.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe without a writer would wait
    try:
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            raise UnusableDocument(f"expected a file, got {KINDS.get(stat.S_IFMT(mode), 'a device')}")
        content = os.read(handle, most + 1)
    finally:
        os.close(handle)
    check_size(len(content), most)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusableDocument(f"expected UTF-8, got another byte at position {error.start:,}") from None


def check_size(size: int, most: int = MOST_BYTES) -> None:
    """Raise `UnusableDocument` for more bytes than a document may have."""
    if size > most:
        raise UnusableDocument(f"expected at most {most // 1024} KiB, got more")


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
    return _parsed(text, PlainLoader)[0]


def parse_texts(text: str) -> "Texts":
    """The value of a YAML text in which every scalar is a text: yes, NULL and 1 are what they spell.

    Raise `UnusableDocument` as `parse_yaml` does.
    """
    return Texts(*_parsed(text, TextLoader))


@dataclass(frozen=True)
class Texts:
    """Mappings, lists and texts of a YAML document, and the lines that they are on."""

    value: Any
    node: yaml.Node | None

    def line(self, entry: Sequence[int | str]) -> int | None:
        """The line of an entry such as ("columns", "age", "is"), or of the nearest one around it; None for no entry."""
        node, line = self.node, None
        for part in entry:
            found = _child(node, part)
            if found is None:
                break
            key, node = found
            line = key.start_mark.line + 1
        return line


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
        if isinstance(event, yaml.ScalarEvent) and HALVES.search(event.value):
            self._refuse(event, f"{clipped(event.value)} has half a character: write the whole one")
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


class TextLoader(PlainLoader):
    """As PlainLoader; every scalar is a text."""

    yaml_implicit_resolvers: dict = {}  # noqa: RUF012 - PyYAML declares it as an instance's


def _parsed(text: str, kind: type[PlainLoader]) -> tuple[Any, yaml.Node | None]:
    """The value and the node of the only document of a text."""
    try:
        loader = kind(text)
        try:
            node = loader.get_single_node()
            return None if node is None else loader.construct_document(node), node
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise UnusableDocument(_place(error)) from None
    except ValueError as error:  # a date that there is not, a number of thousands of digits
        raise UnusableDocument(f"a value cannot be read: {clipped(str(error).partition(';')[0])}") from None


def _child(node: yaml.Node | None, part: int | str) -> tuple[yaml.Node, yaml.Node] | None:
    """The node that names an entry of this one, and the entry's own; None where there is no such entry."""
    if isinstance(node, yaml.MappingNode):
        pairs = ((key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode) and key.value == part)
        return next(pairs, None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None


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
