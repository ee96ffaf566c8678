"""Marks of missing values: what files write where there is no value."""

from collections.abc import Sequence

from steps.description.spelling import literal

# In any column; in lower case. An empty text and one of blanks alone are always missing.
ANYWHERE = ("na", "n/a", "#n/a", "nan", "null", "<na>", "(null)", "\\n", "?", ".", "..", "-", "--", "---")
DAYS_OF_ZEROS = ("0000-00-00", "0000/00/00", "0000.00.00", "00000000", "00.00.0000", "00/00/0000", "00-00-0000")
TIMES_OF_ZEROS = ("", " 00:00:00", " 00:00", "t00:00:00")
# In a column of numbers or dates; in a category these may be levels of their own.
AMONG_NUMBERS = ("none", "nil", "missing", "unknown", "n.a.", "not available", "not applicable", "*", "#value!",
                 "#div/0!", "#ref!", *(f"{day}{time}" for day in DAYS_OF_ZEROS for time in TIMES_OF_ZEROS))  # fmt: skip


def is_mark(text: str, marks: Sequence[str]) -> str:
    """The condition for a text that is one of these marks, in any letter case."""
    return is_among(text, marks) if marks else "false"


def is_among(text: str, values: Sequence[str]) -> str:
    """The condition for a text that is one of these, in any letter case.

    Letters beyond ASCII are folded by DuckDB on both sides: Python folds the Turkish İ and the last sigma otherwise.
    """
    folded = (literal(each.lower()) if each.isascii() else f"lower({literal(each)})" for each in values)
    return f"lower({text}) IN ({', '.join(folded)})"
