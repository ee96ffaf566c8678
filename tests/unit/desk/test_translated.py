"""What the desk says is in its catalogue, in both languages, and nothing that is there goes unsaid."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import product
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

from desk.language.catalogue import FOLDER, words
from desk.page import templates

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = templates().list_templates()
SOURCES = sorted((ROOT / "desk").rglob("*.py"))
SPOKEN = {"aria-label", "aria-description", "title", "placeholder", "alt"}  # attributes that people read or hear
NAMES = {"English", "Français"}  # each language by its own name, in either
ALIKE = {  # the same in both languages
    "frame.product", "frame.pages", "frame.who", "problem.of_project", "decide.version",
    "find.milliseconds", "find.rule_other", "find.version",
    "letter.date", "letter.english", "letter.french", "letter.model",
    "models.action.title", "models.check.calibration", "models.event.promotion", "models.kind.promote",
    "models.ledger.version", "models.record.commit", "models.row.auc", "models.standing.candidate", "models.version",
    "watch.event_promotion", "watch.points", "watch.version", "watch.version_named",
}  # fmt: skip
HOLE = "\0"  # what a built key has that only a running page knows
FILES = (".j2", ".css", ".js", ".html", ".yaml", ".py", ".svg", ".pdf", ".csv")
KEY = re.compile(rf"({'|'.join(file.stem for file in FOLDER.glob('*.yaml'))})\.[a-z0-9_.]*[a-z0-9]")


def parsed(template: str) -> nodes.Template:
    environment = templates()
    assert environment.loader is not None
    return environment.parse(environment.loader.get_source(environment, template)[0])


TREES = {template: parsed(template) for template in TEMPLATES}
MODULES = {str(source.relative_to(ROOT)): ast.parse(source.read_text("utf-8")) for source in SOURCES}


class Literals(HTMLParser):
    """The texts of a template between its tags and in the attributes that people read."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._is_code = False  # a command is the same in every language

    def handle_data(self, data: str) -> None:
        if not self._is_code:
            self.found.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._is_code = self._is_code and tag != "code"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_code = self._is_code or tag == "code"
        named = dict(attrs)
        button = tag == "input" and named.get("type") in ("submit", "button", "reset")
        self.found += [text for name, text in attrs if text and (name in SPOKEN or (name == "value" and button))]


def literals(template: str) -> list[str]:
    """What a template says without the catalogue: texts, and constants that an expression writes where texts are."""
    outputs: dict[str, set[str]] = {}
    html = ""
    for output in TREES[template].find_all(nodes.Output):
        for node in output.nodes:
            if isinstance(node, nodes.TemplateData):
                html += node.data
            else:
                mark = f"\ue000{len(outputs)}\ue001"
                outputs[mark] = {text for text in texts(node) if text != HOLE}
                html += mark
    reader = Literals()
    reader.feed(re.sub("(</?)\ue000\\d+\ue001", r"\1x", html))  # a tag that an expression names
    reader.close()
    found = [re.sub("\ue000\\d+\ue001", "", text) for text in reader.found]
    written = [text for each in reader.found for mark in re.findall("\ue000\\d+\ue001", each) for text in outputs[mark]]
    return [text.strip() for text in found + written if any(character.isalpha() for character in text)]


def texts(node: nodes.Node | ast.AST) -> set[str]:
    """What an expression of a template or a module may be, as text; `HOLE` stands for what only a page knows."""
    match node:
        case nodes.Const(value=str(text)) | ast.Constant(value=str(text)):
            return {text}
        case nodes.CondExpr(expr1=one, expr2=other) | ast.IfExp(body=one, orelse=other):
            return texts(one) | (texts(other) if other is not None else {""})
        case nodes.Concat(nodes=parts) | ast.JoinedStr(values=parts):
            return {"".join(each) for each in product(*map(texts, parts))}
        case nodes.Add(left=left, right=right) | ast.BinOp(left=left, op=ast.Add(), right=right):
            return {"".join(each) for each in product(texts(left), texts(right))}
        case ast.FormattedValue(value=value):
            return texts(value)
    return {HOLE}


def said() -> Iterator[tuple[str, str]]:
    """Each text of the desk's code, by the file that has it; built ones with their holes."""
    for template, tree in TREES.items():
        for node in tree.find_all((nodes.Const, nodes.Concat, nodes.CondExpr, nodes.Add)):
            yield from ((template, text) for text in texts(node))
    for module, parsed_module in MODULES.items():
        for each in ast.walk(parsed_module):
            if isinstance(each, ast.Constant | ast.JoinedStr | ast.BinOp | ast.IfExp):
                yield from ((module, text) for text in texts(each))


SAID = sorted(set(said()))
BUILT = sorted({text for _, text in SAID if HOLE in text and re.search(r"[a-z]\.|\.[a-z]", text) and " " not in text})


def fillers() -> set[str]:
    """What can fill a hole: texts of the desk, and the texts and names of what it shows."""
    found = {text for _, text in SAID}
    for folder in ("custom_model", "steps", "desk"):
        for source in (ROOT / folder).rglob("*.py"):
            code = source.read_text("utf-8")
            found |= set(re.findall(r'"([^"\n]+)"', code)) | set(re.findall(r"^    (\w+) *[:=]", code, re.MULTILINE))
    return found


def used() -> set[str]:
    """The keys of the catalogue that the code says, and those that it can build."""
    keys = set(words()) & {text for _, text in SAID}
    known = fillers()
    for text in BUILT:
        pattern = re.compile("(.+)".join(map(re.escape, text.split(HOLE))))
        matches = [match for key in words() if (match := pattern.fullmatch(key))]
        keys |= {match[0] for match in matches if all(part in known or part in words() for part in match.groups())}
    return keys | {f"{key}.do" for key in keys if f"{key}.do" in words()}  # a problem says what to do, too


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_has_no_words_of_its_own(template):
    assert [text for text in literals(template) if text not in NAMES] == []


def test_literal_words_of_a_template_are_found(monkeypatch):
    environment = jinja2.Environment()
    tree = environment.parse('<p class="a">Hello {{ "you" if x else say("a.b") }}</p><a title="Go {{ x }}">{{ 1 }}</a>')
    monkeypatch.setitem(TREES, "hello", tree)

    assert literals("hello") == ["Hello", "Go", "you"]


def test_every_key_that_the_code_says_is_in_the_catalogue():
    keys = {(where, text) for where, text in SAID if KEY.fullmatch(text) and not text.endswith(FILES)}

    assert sorted((where, key) for where, key in keys if key not in words()) == []


def test_every_problem_says_what_to_do():
    problems = [
        call.args[0].value
        for module in MODULES.values()
        for call in ast.walk(module)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Problem"
        if call.args and isinstance(call.args[0], ast.Constant)
    ]

    assert problems
    assert [key for key in problems if key not in words() or f"{key}.do" not in words()] == []


def test_every_key_of_the_catalogue_is_said():
    assert sorted(set(words()) - used()) == []


def test_no_text_is_the_same_in_both_languages():
    alike = {key for key, text in words().items() if text["en"] == text["fr"] and re.search(r"[^\W\d_]", text["en"])}

    assert alike == ALIKE


@pytest.mark.parametrize("key", sorted(words()))
def test_a_french_text_is_written_as_french_is(key):
    text = words()[key]["fr"]

    assert not re.search(r"[^\s«(\u00a0\u202f][;!?»]|[^\s\d/]:(?=\s)|\(s\)", text)  # a space before double signs
    assert not re.search(r"(?<!-)\b(de|le|la|que|ne|se|je) [aeiouéèêâîôû]\w|\b(de les?|à les?) ", text)
