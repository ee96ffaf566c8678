"""The page of all fields, docs/fields.md: `python -m steps.tables.fields_page` writes it."""

from collections.abc import Iterable
from pathlib import Path

from custom_model.meanings import Meaning
from steps.run.markdown import markdown_table
from steps.tables.aggregation import history_meanings
from steps.tables.home_credit import APPLICATION, ID, home_credit

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = DOCS / "fields.md"
REQUESTS = DOCS / "requests"

INTRODUCTION = """\
# The fields of an application

`make docs` writes this page from the sources of the features: home_credit.yaml, which describes the application's
columns, and the recipes, which name what is computed from past loans. An application has {fields} fields beside the id
`{id}`: {application} columns of the form, and {history} history features, which the history store fills in for a client
with an id. A model derives more features from them by itself, such as the instalment's share of the income.

The bounds are what a field *can* be, both included: a value outside them is an error, not an unusual client. `also`
names a value outside the bounds with a meaning of its own. Fields of one topic answer for the same matter, and the
topic is the `code` of a reason. The categories of a text are those of the training data; `/openapi.json` lists them,
with the same descriptions and bounds.

## A minimal request

A simulation: it decides nothing, is not on record, and may leave out any field. A decision may not leave out a field
that could win credit by its absence. Which fields these are is a result of training: `/openapi.json` lists those of the
served version with their reasons, and its example is the shortest request for a decision, which the training run has
as `requests/shortest.json`.

```json
{minimal}
```

## A realistic request

What an application form, the agencies' scores and a bureau enquiry give; null says that the lender asked and there is
none. `"history": "none"` says the same of clients without past loans; a history store is asked all the same.

```json
{realistic}
```

Each is a file in `docs/requests/`, and sent as:

    curl -s http://127.0.0.1:5001/invocations -H 'Content-Type: application/json' -d @docs/requests/minimal.json

## The application, by topic
"""


def page() -> str:
    """The page in Markdown."""
    application, history = home_credit()[APPLICATION].meanings, history_meanings()
    introduction = INTRODUCTION.format(
        fields=len(application) + len(history),
        application=len(application),
        history=len(history),
        id=ID,
        minimal=request("minimal"),
        realistic=request("realistic"),
    )
    parts = [introduction, *_by_topic(application), "## History features, by topic\n", *_by_topic(history)]
    return "\n".join(parts)


def request(name: str) -> str:
    """An example of a request, "minimal" or "realistic", as JSON text."""
    return (REQUESTS / f"{name}.json").read_text("utf-8").strip()


def _by_topic(meanings: dict[str, Meaning]) -> Iterable[str]:
    topics = sorted({meaning.topic for meaning in meanings.values()})
    for topic in topics:
        rows = [_row(name, meaning) for name, meaning in meanings.items() if meaning.topic == topic]
        yield f"### {topic}\n\n{markdown_table(['field', 'what it is', 'unit', 'from', 'to', 'also'], rows)}\n"


def _row(name: str, meaning: Meaning) -> list[str]:
    also = ", ".join(f"{value:.12g}" for value in meaning.special)
    unit = meaning.unit or "text"
    return [f"`{name}`", meaning.description, unit, _bound(meaning.lowest), _bound(meaning.highest), also]


def _bound(value: float | None) -> str:
    return "" if value is None else f"{value:.12g}"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    print(f"docs/{PAGE.name}: {len(home_credit()[APPLICATION].columns) + len(history_meanings())} fields")
