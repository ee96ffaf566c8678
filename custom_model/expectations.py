"""What a setting should have been, in plain words, for the errors that pydantic finds."""

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

NUMBERS = ("float_parsing", "float_type")
WHOLE = ("int_parsing", "int_type", "int_from_float", "int_parsing_size")
BOOLEANS = ("bool_parsing", "bool_type")
SECTIONS = ("model_type", "model_attributes_type", "dict_type", "dataclass_type")
BOUNDS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}
WORDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda _: "a value, found none",
    "finite_number": lambda _: "a finite number",
    "string_type": lambda _: "a text",
    "literal_error": lambda context: context["expected"],
    "enum": lambda context: context["expected"],
    **dict.fromkeys(NUMBERS, lambda _: "a number"),
    **dict.fromkeys(WHOLE, lambda _: "a whole number"),
    **dict.fromkeys(BOOLEANS, lambda _: "true or false"),
    **dict.fromkeys(("list_type", "tuple_type", "set_type"), lambda _: "a list"),
    **dict.fromkeys(SECTIONS, lambda _: "entries such as `name: value`"),
}


def expectation(problem: Mapping[str, Any]) -> str:
    """What was expected, beginning with "expected" where pydantic's kind of error has words here."""
    kind, context = problem["type"], problem.get("ctx", {})
    if kind in BOUNDS:
        key, words = BOUNDS[kind]
        return f"expected a number of {words} {_plain(context[key])}"
    if kind in WORDS:
        return f"expected {WORDS[kind](context)}"
    return problem["msg"].removeprefix("Value error, ")


def nearest(name: str, names: Iterable[str]) -> str:
    """A question after the name that was probably meant, whatever its case; empty without one."""
    by_case = {each.casefold(): each for each in names}
    matches = get_close_matches(name.casefold(), by_case, 1, cutoff=0.7)
    return f": did you mean {by_case[matches[0]]}?" if matches else ""


def _plain(bound: float) -> str:
    return str(int(bound)) if bound == int(bound) else str(bound)
