"""Marks of missing values: what files write where there is no value."""

# In any column; in lower case. An empty text and one of blanks alone are always missing.
ANYWHERE = ("na", "n/a", "#n/a", "nan", "null", "<na>", "(null)", "\\n", "?", ".", "..", "-", "--", "---")
# In a column of numbers or dates; in a category these may be levels of their own.
AMONG_NUMBERS = ("none", "nil", "missing", "unknown", "n.a.", "not available", "not applicable", "*", "#value!",
                 "#div/0!", "#ref!")  # fmt: skip
