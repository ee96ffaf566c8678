"""The export of the benchmark is one that `decisions export` could have written."""

import pytest

from benchmarks.monitor import recorded_export
from custom_model.origin import Origin
from steps.traffic.recorded import ExportedTraffic, Span

pytestmark = pytest.mark.slow


def test_every_copy_is_a_decision_of_its_own_with_all_fields_and_is_read_once(subject, tmp_path, monkeypatch):
    monkeypatch.setattr(recorded_export, "DISTINCT", 40)
    monkeypatch.setattr(recorded_export, "ROWS", 30)

    file = recorded_export.write_export(subject, Origin("loans", "1"), tmp_path, 100)

    traffic = ExportedTraffic(file, Span("loans"))
    batches = list(traffic.batches())
    ids = [each for batch in batches for each in batch["decision_id"].to_pylist()]
    times = [each for batch in batches for each in batch["decided_at"].to_pylist()]
    assert len(set(ids)) == len(ids) == traffic.count() == 100
    assert times == sorted(set(times))
    requests = [each for batch in batches for each in batch["fields"].to_pylist()]
    assert requests[:40] == requests[40:80]
    assert len(set(requests)) == 40
