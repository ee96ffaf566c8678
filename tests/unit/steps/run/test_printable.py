"""Texts for a terminal: nothing in them forges a line or commands the terminal."""

import pytest

from steps.run.printable import clipped, named, printable, shown


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("100002", "100002"),
        ("Żółć, 你好 😀 O'Neil", "Żółć, 你好 😀 O'Neil"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x9b2J\x7f", r"\x9b2J\x7f"),
        ("\u202egnp.exe\u200b\u2028", r"\u202egnp.exe\u200b\u2028"),
        ("\ud800", r"\ud800"),
        (7, "7"),
    ],
)
def test_only_unprintable_characters_are_escaped(text, printed):
    assert printable(text) == printed
    assert printable(text).isprintable()


@pytest.mark.parametrize(
    ("identity", "name"), [("7", "7"), (None, "None"), ("None", '"None"'), ("", '""'), ("  ", '"  "'), ("\n", r"\n")]
)
def test_an_id_that_could_be_overlooked_is_in_quotes(identity, name):
    assert named(identity) == name


def test_a_message_repeats_the_beginning_of_a_long_text():
    assert shown("x" * 61) == f"'{'x' * 60}' and 1 more characters"
    assert shown("a\nb") == r"'a\nb'"
    assert clipped("x" * 201) == "x" * 200 + "..."
    assert clipped("a\nb") == r"a\nb"
