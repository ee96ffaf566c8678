"""The page of the errors that answer a request: from their classes."""

import json
import re
from collections.abc import Iterator

from custom_model.errors import MAX_PROBLEMS, BadRequest, Fault, Problem, RequestError, Unavailable
from custom_model.server.errors import (
    HeadTooLarge,
    Malformed,
    TooLarge,
    TooSlow,
    UnknownPath,
    UrlTooLong,
    WrongEncoding,
    WrongMediaType,
    WrongMethod,
    WrongVersion,
)
from custom_model.server.idempotency import KeyReused
from reference.texts import code, summary, table

INTRODUCTION = """\
# Errors

`make docs` writes this page from the classes of the errors. Each answer is JSON with `error_code` and `message`, and
repeats no value of the request. What to do about each: [api.md](../api.md#errors).

"""
STATUS = re.compile(r" \(HTTP \d+\)")  # the page has it in a column
EXAMPLES: tuple[RequestError, ...] = (
    BadRequest([Problem(0, "AMT_CREDIT", "expected a number, got a string")]),
    Malformed("invalid header"),
    UnknownPath(),
    WrongMethod("POST"),
    TooSlow(10.0),
    TooLarge("too many applications in one request", 1_000),
    UrlTooLong(65_536),
    WrongMediaType(),
    WrongEncoding(),
    KeyReused(),
    HeadTooLarge("headers", 100),
    Fault("01a21674-7871-7854-920d-62894aa526ac"),
    Unavailable("the decision log did not answer in time"),
    WrongVersion(),
)


def page() -> str:
    """The page in Markdown: a row for each class, by status."""
    rows = [
        [
            str(each.get_http_status_code()),
            code(each.error_code),
            STATUS.sub("", summary(type(each))).replace("`MAX_PROBLEMS`", f"{MAX_PROBLEMS:,}"),
            code(example(each)),
        ]
        for each in sorted(EXAMPLES, key=RequestError.get_http_status_code)
    ]
    return f"{INTRODUCTION}{table(['status', '`error_code`', 'when', 'an example of the body'], rows)}\n"


def example(error: RequestError) -> str:
    """The body without its code, as JSON."""
    return json.dumps({name: value for name, value in error.body.items() if name != "error_code"})


def classes(base: type[RequestError] = RequestError) -> Iterator[type[RequestError]]:
    """The classes of errors that have been imported."""
    for each in base.__subclasses__():
        yield each
        yield from classes(each)
