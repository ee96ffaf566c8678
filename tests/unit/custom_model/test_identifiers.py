"""UUID version 7, by the layout of RFC 9562, section 5.7."""

import time
import uuid

import pytest

from custom_model import identifiers
from custom_model.identifiers import uuid7, uuid7_texts


def test_version_and_variant_are_those_of_the_standard():
    sample = [uuid7() for _ in range(100)]

    assert {each.version for each in sample} == {7}
    assert {each.variant for each in sample} == {uuid.RFC_4122}


def test_first_48_bits_are_unix_time_in_milliseconds():
    before = time.time_ns() // 1_000_000
    identifier = uuid7()
    after = time.time_ns() // 1_000_000

    assert before <= identifier.int >> 80 <= after


@pytest.mark.parametrize("random", [b"\x00" * 10, b"\xff" * 10], ids=["all zeros", "all ones"])
def test_all_other_bits_are_random(monkeypatch, random):
    monkeypatch.setattr(identifiers.time, "time_ns", lambda: 0x0123_4567_89AB * 1_000_000)
    monkeypatch.setattr(identifiers.os, "urandom", lambda count: random[:count])

    # Version 7 in the 13th digit; the 17th digit starts with the bits 10, so it is 8 or b.
    zeros, ones = "01234567-89ab-7000-8000-000000000000", "01234567-89ab-7fff-bfff-ffffffffffff"
    assert str(uuid7()) == (ones if random[0] else zeros)


def test_later_identifiers_sort_after_earlier_ones_as_text(monkeypatch):
    texts = []
    for millisecond in (1, 2, 1_000, 1_700_000_000_000, 2_000_000_000_000):
        monkeypatch.setattr(identifiers.time, "time_ns", lambda at=millisecond: at * 1_000_000)
        texts.append(str(uuid7()))

    assert texts == sorted(texts)


def test_identifiers_are_unique_within_a_millisecond(monkeypatch):
    monkeypatch.setattr(identifiers.time, "time_ns", lambda: 1_700_000_000_000_000_000)

    assert len({uuid7() for _ in range(10_000)}) == 10_000


@pytest.mark.parametrize(
    ("milliseconds", "first"),
    [(-1, 0), (-2_208_988_800_000, 0), (1 << 48, (1 << 48) - 1), (1 << 62, (1 << 48) - 1)],
    ids=["just before 1970", "1900", "just after the year 10889", "the last one of a clock"],
)
def test_a_clock_outside_the_48_bits_gives_a_valid_unique_identifier(monkeypatch, milliseconds, first):
    monkeypatch.setattr(identifiers.time, "time_ns", lambda: milliseconds * 1_000_000)

    sample = {uuid7() for _ in range(100)}

    assert len(sample) == 100
    assert {(each.version, each.variant, each.int >> 80) for each in sample} == {(7, uuid.RFC_4122, first)}


def test_many_at_once_are_as_one_each():
    texts = uuid7_texts(1_000)

    assert len(set(texts)) == 1_000
    assert {(str(uuid.UUID(text)) == text, uuid.UUID(text).version, uuid.UUID(text).variant) for text in texts} == {
        (True, 7, uuid.RFC_4122)
    }
    assert {text[19] for text in texts} == {*"89ab"}  # the variant, then two random bits
    assert len({uuid.UUID(text).int >> 80 for text in texts}) == 1
    assert uuid7_texts(0) == []
