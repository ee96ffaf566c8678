"""The page of policy.yaml: from the pydantic models that read it."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel

from reference.texts import code, described, in_line, summary, table
from steps.run.policy import Policy
from steps.run.settings import PROJECT
from steps.run.yaml_file import read_yaml

INTRODUCTION = """\
# policy.yaml

`make docs` writes this page from the models that read [policy.yaml](../../policy.yaml), whose comments say why each
number is what it is. An entry that is unknown, of another type or out of its bounds is an error that names it, what was
expected and what came. A change takes effect in [a new version](../governance.md#costs-change-without-training), which
needs no training but for the entries marked *training*; `promotion`, `monitoring`, `letters`, `segments`, `owners`,
`protected_attributes` and `desk_login` hold at once.
"""
SIGNS = {"exclusiveMinimum": "above", "minimum": "from", "exclusiveMaximum": "below", "maximum": "to"}


def page() -> str:
    """The page in Markdown: the entries of the file, then a section for each entry that has entries of its own."""
    today = read_yaml(PROJECT / "policy.yaml")
    parts = [INTRODUCTION, entries(Policy, today)]
    for name, model in sections(Policy):
        parts.append(f"\n## {name}\n\n{summary(model)}\n\n{entries(model, today.get(name))}")
    return "\n".join(parts) + "\n"


def sections(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """The models below a model, by the path of their entry: `promotion.replay`, `segments.NAME`."""
    for name, field in model.model_fields.items():
        for kind, is_named in models_in(field.annotation):
            place = f"{path}{name}{'.NAME' if is_named else ''}"
            yield place, kind
            yield from sections(kind, f"{place}.")


def models_in(annotation: Any, is_named: bool = False) -> Iterator[tuple[type[BaseModel], bool]]:
    """The models of an annotation, and whether the file gives them names of its own."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, is_named
    for argument in get_args(annotation):
        yield from models_in(argument, is_named or getattr(annotation, "__origin__", None) is dict)


def entries(model: type[BaseModel], today: object) -> str:
    """A row for each entry: what it may be, its default, its value in the file where that is one value, its meaning."""
    schema, words = model.model_json_schema(), described(model)
    rows = [
        [code(name), allowed(about), default(about, schema), value(today, name), meaning(name, about, words)]
        for name, about in schema["properties"].items()
    ]
    return table(["entry", "what it may be", "default", "in the file", "meaning"], rows)


def allowed(about: Mapping[str, Any]) -> str:
    """A JSON schema in words: its type and bounds, or its values."""
    if "anyOf" in about:
        return " or ".join(allowed(each) for each in about["anyOf"] if each.get("type") != "null")
    if "enum" in about:
        return ", ".join(map(code, about["enum"]))
    if "const" in about:
        return code(about["const"])
    bounds = [f"{words} {number(about[sign])}" for sign, words in SIGNS.items() if sign in about]
    kind = {"integer": "whole number", "array": "list", "string": "text"}.get(
        about.get("type", ""), about.get("type", "")
    )
    return " ".join([kind if kind and kind != "object" else "entries", *bounds])


def number(bound: float) -> str:
    """A bound with its thousands apart."""
    return f"{bound:,.0f}" if float(bound).is_integer() else f"{bound:.12g}"


def default(about: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """The default; *must be there* for an entry without one, nothing for an empty one."""
    required = schema.get("required", [])
    if any(schema["properties"].get(name) is about for name in required):
        return "must be there"
    found = about.get("default")
    return code(found) if isinstance(found, str | int | float) else ""


def value(today: object, name: str) -> str:
    """The entry's value in the file, where it is one number or word."""
    found = today.get(name) if isinstance(today, dict) else None
    return code(found) if isinstance(found, str | int | float) else ""


def meaning(name: str, about: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """The entry's description, of its field or of the model's docstring."""
    found = about.get("description") or words.get(name) or ""
    return in_line(found.partition("\n\n")[0])
