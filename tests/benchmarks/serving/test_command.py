"""Each part of the serving benchmark against real servers, as briefly as possible."""

import pytest

from benchmarks.load.rounds import Plan
from benchmarks.report import as_markdown
from benchmarks.serving.alternatives import measure_alternatives
from benchmarks.serving.batches import SIZES, measure_batches
from benchmarks.serving.reasons import measure_reasons
from benchmarks.serving.stores import measure_stores

pytestmark = pytest.mark.slow

BRIEF = Plan(connections=[1, 8], workers=[1], seconds=0.01, rounds=1)


def test_stores_are_measured_at_each_number_of_connections(subject, tmp_path):
    findings = measure_stores(subject, BRIEF, tmp_path)

    (table,) = findings.tables
    assert [row[:2] for row in table.rows] == [["1", "1"], ["1", "8"]]
    assert "history from SQLite" in table.header
    assert [len(goal.ratios) for goal in findings.goals] == [1, 1, 0, 0]  # of two workers nothing is measured
    assert f"{len(subject.clients):,} clients" in findings.notes
    assert (tmp_path / "decisions.db").stat().st_size > 0


def test_reasons_are_measured_for_who_is_granted_and_who_is_refused(subject, tmp_path):
    findings = measure_reasons(subject, BRIEF, tmp_path)

    served, contributions = findings.tables
    assert len(findings.goals[0].ratios) == 2
    assert [row[0] for row in served.rows] == ["granted", "granted", "refused", "refused"]
    assert [row[0] for row in contributions.rows] == ["1", "1,000"]


def test_alternatives_are_measured_beside_a_refusal_without_them(subject, tmp_path):
    findings = measure_alternatives(subject, BRIEF, tmp_path)

    (table,) = findings.tables
    assert [row[:2] for row in table.rows] == [["1", "1"], ["1", "8"]]
    assert table.title.endswith("30 steps")
    assert len(findings.goals[0].ratios) == 2


def test_large_requests_are_measured_beside_the_booster(subject, tmp_path):
    findings = measure_batches(subject, BRIEF, tmp_path)

    assert [row[0] for row in findings.tables[0].rows] == [f"{size:,}" for size in SIZES]
    assert as_markdown(findings.tables[0]).count(" x |") == 2 * len(SIZES)
    assert [row[:2] for row in findings.tables[1].rows][-4:] == [
        ["Parquet", "none"],
        ["Parquet", "none, one thread"],
        ["Parquet", "refused"],
        ["Parquet", "refused, one thread"],
    ]
    assert [len(goal.ratios) for goal in findings.goals] == [2, 2, 2, 6]
