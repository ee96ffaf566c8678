"""Texts of records, requests and files as a terminal can print them."""


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
