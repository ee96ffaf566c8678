"""Texts that may be put on record, in Python and in the pattern of the OpenAPI document."""

import re
import sqlite3
import unicodedata

import pytest

from custom_model.texts import ID_PATTERN, TEXT_PATTERN, is_identity, is_storable

GOOD = [
    "1",
    "a-b_c",
    "urn:client:7",
    "  7  ",
    "Zoë 李",
    "x" * 200,
    "'; DROP TABLE decisions; --",
    "\U0001f600",
    "a\u200cb",
]
BAD = [
    "",
    " ",
    "\u3000\u00a0",
    "x" * 201,
    "a\0",
    "a\nb",
    "a\tb",
    "\x1b]0;x\x07",
    "\x9b2J",
    "\u2028",
    "\u202eab",
    "a\u2066",
]


@pytest.mark.parametrize("text", GOOD)
def test_a_text_that_can_be_printed_is_an_id(text):
    assert is_identity(text)
    assert re.search(ID_PATTERN, text)


@pytest.mark.parametrize("text", BAD, ids=repr)
def test_a_text_that_is_blank_long_or_moves_the_cursor_is_no_id(text):
    assert not is_identity(text)
    assert len(text) > 200 or not re.search(ID_PATTERN, text)


def test_no_control_character_passes():
    controls = [chr(code) for code in range(0x11_0000) if unicodedata.category(chr(code)) in ("Cc", "Zl", "Zp", "Cs")]

    assert len(controls) == 65 + 2 + 2048
    assert not any(is_identity(f"a{control}b") for control in controls)


def test_the_pattern_of_the_document_and_the_server_agree_on_every_character_of_a_plane():
    for code in range(0x1_0000):
        if not 0xD800 <= code < 0xE000:  # no JSON in UTF-8 has these
            text = f"a{chr(code)}b"
            assert is_identity(text) == bool(re.search(ID_PATTERN, text)), hex(code)
            assert is_storable(text) == bool(re.search(TEXT_PATTERN, text)), hex(code)


@pytest.mark.parametrize(("text", "expected"), [("", True), ("é" * 1_000, True), ("é" * 1_001, False), ("a\0", False),
                                                ("\ud800", False), ("a\nb", True)])  # fmt: skip
def test_a_category_may_have_any_character_but_those_that_sql_cannot_read(text, expected):
    assert is_storable(text) is expected


def test_sqlite_cannot_read_past_nul_in_json():
    with sqlite3.connect(":memory:") as connection:
        (length,) = connection.execute("SELECT length(json_extract(?, '$.B'))", ['{"B": "a\\u0000b"}']).fetchone()

    assert length < 3  # why it is refused
