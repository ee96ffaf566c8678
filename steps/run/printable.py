"""Texts of records, requests and files as a terminal can print them."""

SHOWN, LONGEST_PART = 60, 200  # characters of a wrong name, and of a text of others, that a message repeats


def printable(text: object) -> str:
    r"""The text with each unprintable character as its escape: a newline as \n, ESC as \x1b.

    Such a character could forge a line of the output, or command the terminal; marks of direction reorder what is read.
    """
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape", "surrogatepass").decode() for each in str(text)
    )


def named(identity: object) -> str:
    """A client's id in a line of text: printable, and in quotes where it is blank or could mean a missing one."""
    text = printable(identity)
    return f'"{text}"' if identity == "None" or not text.strip() else text


def shown(text: str) -> str:
    """A wrong text for a message: its beginning in quotes, with escapes for what does not print."""
    return repr(text) if len(text) <= SHOWN else f"{text[:SHOWN]!r} and {len(text) - SHOWN:,} more characters"


def clipped(text: str) -> str:
    """A text of others in a message: one line of at most 200 characters."""
    plain = printable(text)
    return plain if len(plain) <= LONGEST_PART else f"{plain[:LONGEST_PART]}..."
