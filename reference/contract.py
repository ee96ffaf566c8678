"""The page of the contract: what rules the fields, the params of a request, the answer."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from pydantic import TypeAdapter

from custom_model.alternatives import Alternative
from custom_model.contract import Contract
from custom_model.decisions import Decision
from custom_model.params import RequestParams
from custom_model.reasons import Contribution, Explanation, Reason
from reference.texts import code, described, summary, table

INTRODUCTION = """\
# The contract

`make docs` writes this page from the classes of the contract, the params and the answer. How to ask:
[api.md](../api.md). The fields of an application, each with its bounds: [fields.md](../fields.md). The server's
`/openapi.json` has the same of the served version.

## What a version's contract has

"""
PARTS = {"An answer": Decision, "A reason": Reason, "An alternative": Alternative, "An explanation": Explanation,
         "A contribution": Contribution}  # fmt: skip


def page() -> str:
    """The page in Markdown."""
    contract = table(["entry", "meaning"], [[code(name), words] for name, words in described(Contract).items()])
    parts = "".join(f"\n## {title}\n\n{summary(kind)}\n\n{answer(kind)}\n" for title, kind in PARTS.items())
    return f"{INTRODUCTION}{contract}\n\n## Params of a request\n\n{params()}\n{parts}"


def params() -> str:
    """A row for each param, with its default."""
    words = described(RequestParams)
    rows = [
        [code(each.name), code(each.default) if each.default is not MISSING else "", words[each.name]]
        for each in fields(RequestParams)
    ]
    return table(["param", "default", "meaning"], rows)


def answer(kind: type) -> str:
    """A row for each field of a part of the answer; one that is not required is there only where its meaning says."""
    schema, words = TypeAdapter(kind).json_schema(), described(kind)
    if "$ref" in schema:
        schema = schema["$defs"][schema["$ref"].rpartition("/")[2]]
    rows = [[code(name), json_type(about), words[name]] for name, about in schema["properties"].items()]
    return table(["field", "type", "meaning"], rows)


def json_type(about: Mapping[str, Any]) -> str:
    """A JSON schema in words."""
    if "anyOf" in about:
        return " or ".join(json_type(each) for each in about["anyOf"])
    if "enum" in about:
        return ", ".join(map(code, about["enum"]))
    if "$ref" in about:
        return f"object ({about['$ref'].rpartition('/')[2]})"
    return f"list of {json_type(about['items'])}" if about.get("type") == "array" else str(about.get("type", ""))
