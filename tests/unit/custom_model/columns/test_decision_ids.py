"""Ids of a batch's decisions."""

from uuid import UUID

import pytest

from custom_model.columns import DecisionIds
from custom_model.identifiers import LATEST

KEY = bytes(16)


def test_they_are_uuids_of_version_7_at_their_time():
    ids = [UUID(text) for text in DecisionIds(KEY, 1_700_000_000_000, 0, 500).texts]

    assert {each.version for each in ids} == {7}
    assert {each.int >> 80 for each in ids} == {1_700_000_000_000}
    assert {each.variant for each in ids} == {"specified in RFC 4122"}
    assert len(set(ids)) == 500


def test_they_sort_nearly_as_rows_do():
    ids = [UUID(text) for text in DecisionIds(KEY, 1_700_000_000_000, 0, 3_500).texts]

    assert [each.int >> 80 for each in ids] == [1_700_000_000_000 + row // 1_000 for row in range(3_500)]


def test_a_row_has_one_id_however_its_batch_is_cut():
    whole = DecisionIds(KEY, 5, 10, 100).texts

    assert DecisionIds(KEY, 5, 10, 30).texts + DecisionIds(KEY, 5, 40, 70).texts == whole


def test_another_key_gives_other_ids():
    assert not set(DecisionIds(KEY, 5, 0, 100).texts).intersection(DecisionIds(bytes([1] * 16), 5, 0, 100).texts)


@pytest.mark.parametrize(("milliseconds", "time"), [(-1, 0), (LATEST + 1, LATEST)])
def test_a_clock_outside_the_format_gives_its_nearest_time(milliseconds, time):
    (text,) = DecisionIds(KEY, milliseconds, 0, 1).texts

    assert UUID(text).int >> 80 == time


def test_no_rows_have_no_ids():
    assert DecisionIds(KEY, 5, 0, 0).texts == []
