"""Documents of a user: a hostile one is refused in a moment, in one line, with its place."""

import os
import time
from itertools import pairwise

import pytest

from steps.run.console import UserError
from steps.run.documents import (
    DEEPEST,
    MOST_BYTES,
    UnusableDocument,
    parse_json,
    parse_texts,
    parse_yaml,
    read_document,
)
from steps.run.policy import read_policy

NAMES = "abcdefghij"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in pairwise(NAMES)
)
HOSTILE = {
    "an alias bomb": (BOMB, r"line 2, column 8: the alias 'a' stands for a value from elsewhere"),
    "a value within itself": ("a: &a [*a]", "line 1, column 8: the alias 'a'"),
    "a merge": ("a: &a {b: 1}\nc:\n  <<: *a\n", "line 3, column 7: the alias 'a'"),
    "deep lists": ("[" * 200_000, f"there are more than {DEEPEST} levels"),
    "deep mappings": ("".join(" " * level + "a:\n" for level in range(600)), "more than 50 levels"),
    "a long number": ("a: " + "9" * 100_000, "a value cannot be read: Exceeds the limit"),
    "no date": ("a: 2024-99-99", "a value cannot be read: month must be in 1..12"),
    "a tag that runs code": ("a: !!python/object/apply:os.system [ls]", "line 1, column 4: the tag .* is not read"),
    "a tag of another kind": ("a: !!timestamp x", "the tag 'tag:yaml.org,2002:timestamp' is not read"),
    "a name twice": ("a: 1\nb: 2\na: 3\n", "line 1, column 1: a is there twice"),
    "many names twice": ("a: 1\n" * 50_000, "a is there twice"),
    "a list for a name": ("[1, 2]: 3", "unhashable key"),
    "a control character": ("a: \x07", "special characters are not allowed"),
}


@pytest.mark.parametrize(("text", "problem"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_yaml_is_refused_in_one_short_line(text, problem):
    with pytest.raises(UnusableDocument, match=problem) as error:
        parse_yaml(text)

    assert str(error.value).isprintable()
    assert len(str(error.value)) < 400


@pytest.mark.slow
def test_many_names_are_read_in_time_that_grows_with_their_number():
    text = "".join(f"field_{number}: 1\n" for number in range(15_000))
    assert len(text) < MOST_BYTES
    start = time.process_time()

    assert len(parse_yaml(text)) == 15_000

    assert time.process_time() - start < 60  # with each name compared with each other, minutes


@pytest.mark.parametrize("text", ["a: {b: [1, 2.5, yes, null, x]}", "# nothing\n", "- 1\n- 'two'\n"])
def test_ordinary_yaml_is_read(text):
    assert parse_yaml(text) in ({"a": {"b": [1, 2.5, True, None, "x"]}}, None, [1, "two"])


def test_an_anchor_that_nobody_uses_is_harmless():
    assert parse_yaml("a: &a 1") == {"a": 1}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"a": 1, "a": 2}', "a is there twice"),
        ('{"x": {"a": 1, "b": 1, "a": 2}}', "a is there twice"),
        ("[" * 100_000, "expected at most 50 levels"),
        ("9" * 10_000, "Exceeds the limit"),
        ('{"a": }', "line 1, column 7: Expecting value"),
    ],
)
def test_hostile_json_is_refused_in_one_short_line(text, problem):
    with pytest.raises(UnusableDocument, match=problem):
        parse_json(text)


def test_what_is_no_file_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(b"#" * (MOST_BYTES + 1))
    (tmp_path / "latin").write_bytes(b"name: M\xfcller")
    problems = {
        tmp_path: "expected a file, got a folder",
        tmp_path / "pipe": "expected a file, got a pipe",
        "/dev/zero": "expected a file, got a device",
        tmp_path / "large": "expected at most 256 KiB, got more",
        tmp_path / "latin": "expected UTF-8, got another byte at position 7",
    }

    for path, problem in problems.items():
        with pytest.raises(UnusableDocument, match=problem):
            read_document(path)


def test_a_file_of_the_longest_length_is_read_and_a_mark_of_its_encoding_left_out(tmp_path):
    (tmp_path / "file").write_bytes(b"\xef\xbb\xbf" + b"#" * (MOST_BYTES - 3))

    assert read_document(tmp_path / "file") == "#" * (MOST_BYTES - 3)


def test_a_policy_that_is_an_alias_bomb_is_refused(tmp_path):
    (tmp_path / "policy.yaml").write_text(BOMB)

    with pytest.raises(UserError, match=r"policy\.yaml is not YAML: line 2, column 8: the alias 'a' stands for"):
        read_policy(tmp_path / "policy.yaml")


def test_a_policy_of_many_wrong_entries_names_the_first(tmp_path):
    (tmp_path / "policy.yaml").write_text("".join(f"{'x' * 300}{number}: [{'9' * 300}]\n" for number in range(100)))

    with pytest.raises(UserError, match=r"; and \d+ more$") as error:
        read_policy(tmp_path / "policy.yaml")

    assert len(str(error.value)) < 20_000


@pytest.mark.parametrize("text", ["yes", "NULL", "1", "1.50", "2012-01-31", "~", "off", "0x1F", "1e3", ".inf"])
def test_every_scalar_of_texts_is_what_it_spells(text):
    assert parse_texts(f"a: {text}\nb: [{text}, {{{text}: {text}}}]").value == {"a": text, "b": [text, {text: text}]}


def test_an_entry_of_texts_has_its_line_or_that_of_the_nearest_around_it():
    document = parse_texts("a: 1\nb:\n  c: {d: 2,\n      e: [3,\n 4]}\n")

    entries = [("a",), ("b", "c"), ("b", "c", "e"), ("b", "c", "e", 1), ("b", "c", "x"), ("x",), ()]
    assert [document.line(entry) for entry in entries] == [1, 3, 4, 5, 3, None, None]


@pytest.mark.parametrize("text", ["a: &x [1]\nb: *x", "a: !!int 1", "a: 1\na: 2", "[" * 60, "a: ["])
def test_texts_are_bounded_as_other_documents_are(text):
    with pytest.raises(UnusableDocument):
        parse_texts(text)


def test_an_empty_document_of_texts_is_nothing():
    assert (parse_texts("").value, parse_texts("").line(["a"])) == (None, None)


def test_a_document_may_have_as_many_bytes_as_its_reader_allows(tmp_path):
    (tmp_path / "file").write_text("#" * 2_000)

    assert read_document(tmp_path / "file", 2_000) == "#" * 2_000
    with pytest.raises(UnusableDocument, match="expected at most 1 KiB, got more"):
        read_document(tmp_path / "file", 1_999)
