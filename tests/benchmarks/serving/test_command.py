"""Each part of the serving benchmark with real servers, as briefly as can be: what it asks is answered, and told."""

import pytest

from benchmarks.load.rounds import Plan
from benchmarks.report import as_markdown
from benchmarks.serving.batches import SIZES, batch
from benchmarks.serving.reasons import explain
from benchmarks.serving.recording import record

pytestmark = pytest.mark.slow

BRIEF = Plan(connections=[1, 8], workers=[1], seconds=0.01, rounds=1)


def test_stores_are_measured_at_each_number_of_connections(subject, tmp_path):
    found = record(subject, BRIEF, tmp_path)

    (table,) = found.tables
    assert [row[:2] for row in table.rows] == [["1", "1"], ["1", "8"]]
    assert "history from SQLite" in table.header
    assert [len(goal.ratios) for goal in found.goals] == [1, 1]
    assert f"{len(subject.clients):,} clients" in found.words
    assert (tmp_path / "decisions.db").stat().st_size > 0


def test_reasons_are_measured_for_who_is_granted_and_who_is_refused(subject, tmp_path):
    (table,) = explain(subject, BRIEF, tmp_path).tables

    assert [row[0] for row in table.rows] == ["granted", "granted", "refused", "refused"]


def test_large_requests_are_measured_beside_the_booster(subject, tmp_path):
    found = batch(subject, BRIEF, tmp_path)

    assert [row[0] for row in found.tables[0].rows] == [f"{size:,}" for size in SIZES]
    assert as_markdown(found.tables[0]).count(" x |") == 2 * len(SIZES)
    assert len(found.goals[0].ratios) == 1
