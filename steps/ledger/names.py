"""The names that the records of a model's ledger have in the registry."""

import re

LEDGER = "-ledger-"  # before the number, and in no model's name
MOST_RECORDS = 999_999  # of a ledger: their names sort by number, of six digits


def record_name(model_name: str, number: str) -> str:
    """The name of a record of the model's ledger in the registry, or a pattern of such names."""
    return f"{model_name}{LEDGER}{number}"


def record_number(name: str, model_name: str) -> int | None:
    """The number of a record of this model's ledger; None for any other name."""
    number = name.removeprefix(record_name(model_name, ""))
    return int(number) if number != name and re.fullmatch(r"[0-9]{6}", number) else None
