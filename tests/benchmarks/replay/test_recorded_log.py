"""The log of the benchmark is one that a server could have written."""

import time
from contextlib import closing

import pytest
from sqlalchemy import make_url

from benchmarks.memory import EVERY, memory
from benchmarks.replay import recorded_log
from custom_model.decision_log.reader import Records, window
from custom_model.origin import Origin
from steps.traffic.recorded import LoggedTraffic, Span

pytestmark = pytest.mark.slow


def test_every_copy_is_a_decision_of_its_own_with_all_fields_and_is_read_once(subject, tmp_path, monkeypatch):
    monkeypatch.setattr(recorded_log, "DISTINCT", 40)

    recorded_log.write_log(subject, Origin("loans", "1"), tmp_path / "log.db", 100)

    with closing(Records.open(make_url(f"sqlite:///{tmp_path / 'log.db'}"))) as records:
        traffic = LoggedTraffic(records, "log", Span("loans"))
        ids = [each for batch in traffic.batches() for each in batch["decision_id"].to_pylist()]
        assert len(set(ids)) == len(ids) == traffic.count() == 100
        record = records.find(records.latest(window(), 1)[0]["decision_id"])
        assert len(record["fields"]) > subject.fields / 2


def test_memory_is_that_of_the_block():
    with memory() as used:
        kept = bytearray(80_000_000)
        kept[::4096] = b"x" * len(kept[::4096])
        time.sleep(3 * EVERY)

    assert used.most > 80
