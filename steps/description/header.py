"""Names of columns: as the file has them, one for each, and a visible one where two are the same."""

import re
from collections.abc import Sequence

from custom_model.texts import UNPRINTABLE
from steps.run.console import UserError, counted

LONGEST = 500  # characters of a name
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?%?")
LEAST_NUMBERS = 0.5  # of the names, from which on the first row is taken for one of values
BREAKS = re.compile(r"\s*[\n-\r\x1c-\x1f\x85\u2028\u2029]\s*")  # as in the cells of a sheet
CONTROLS = re.compile(rf"(?!\t)[{UNPRINTABLE}]")  # a tab does no harm
INDEX = "__index_level_0__"  # pandas' index in a Parquet file


def names_of(header: Sequence[str]) -> tuple[list[str | None], list[str]]:
    """A name for each column, and warnings.

    Returns
    -------
    list of str or None
        Without spaces around it, a line break in it as a space, and other control characters as their escapes: a name
        is printed in every report. None for a column that has no name, such as an index that pandas wrote. The second
        column of a name, also in other letter case, is `name_2`.
    list of str
        A sentence for each column that is left out or renamed.

    Examples
    --------
    ``["", "rate", "Rate"]`` gives ``[None, "rate", "Rate_2"]``.
    """
    visible = [_visible(written.strip()) for written in header]
    taken = {name.casefold() for name in visible}
    names: list[str | None] = []
    seen: set[str] = set()
    warnings = []
    for place, (written, name) in enumerate(zip(header, visible, strict=True), start=1):
        if not name or name == INDEX:
            warnings.append(f"column {place} is left out: it has no name, as an index that pandas wrote")
            names.append(None)
            continue
        if name != written.strip():
            warnings.append(f"column {place} has a line break or control character in its name: it is called {name}")
        if name.casefold() in seen:
            renamed = free_name(name, taken)
            warnings.append(f"column {place} is the second of the name {name}: it is called {renamed}")
            name = renamed
        seen.add(name.casefold())
        taken.add(name.casefold())
        names.append(name)
    if not seen:
        raise UserError("has no names in its first row: expected a header")
    _check_names(names)
    return names, warnings


def _visible(name: str) -> str:
    return CONTROLS.sub(lambda control: control[0].encode("unicode_escape").decode(), BREAKS.sub(" ", name))


def _check_names(names: Sequence[str | None]) -> None:
    """Raise `UserError` for a header that is a row of values, or no row of names."""
    present = [name for name in names if name is not None]
    longest = max(map(len, present))
    if longest > LONGEST:
        raise UserError(
            f"has a name of {longest:,} characters in its header, expected at most {LONGEST}: a quote may not be "
            "closed, or the separator is another"
        )
    numbers = [name for name in present if NUMBER.fullmatch(name)]
    if len(present) > 1 and len(numbers) >= LEAST_NUMBERS * len(present) and not _are_counted(numbers):
        raise UserError(
            f"has no header: its first row has {counted(len(numbers), 'number')} among "
            f"{counted(len(present), 'name')}; expected the names of the columns: add a line with them"
        )


def _are_counted(numbers: Sequence[str]) -> bool:
    """Whether numbers name columns, one after the other: 0, 1, 2, or years."""
    first = int(numbers[0]) if numbers[0].isdecimal() else None
    return first is not None and list(numbers) == [str(first + place) for place in range(len(numbers))]


def free_name(name: str, taken: set[str]) -> str:
    """The name with the first number from 2 on that no other has, by case-folded name: `rate_2`."""
    number = 2
    while f"{name}_{number}".casefold() in taken:
        number += 1
    return f"{name}_{number}"
