"""A sample of requests: as many as asked for, and the same ones however the record is read."""

import pyarrow as pa
import pytest

from steps.monitoring.counting.sampling import Sample
from tests.unit.steps.monitoring.references import recorded

TRAFFIC = recorded([{"income": place} for place in range(500)])


def sample_of(size: int, rows: int) -> list[str]:
    sample = Sample(size)
    for batch in TRAFFIC.batches(rows):
        sample.add(batch)
    return sample.requests()["decision_id"].to_pylist()


@pytest.mark.parametrize("size", [1, 30, 499])
def test_batches_of_any_size_give_the_same_sample_in_the_order_of_the_record(size):
    whole = sample_of(size, 500)

    assert len(set(whole)) == size
    assert whole == sorted(whole, key=lambda each: int(each.split()[1]))
    assert sample_of(size, 7) == sample_of(size, 60) == whole


def test_a_smaller_sample_is_part_of_a_larger_one():
    assert set(sample_of(20, 50)) < set(sample_of(80, 50))


def test_a_sample_of_all_or_of_more_is_all():
    assert len(sample_of(500, 60)) == len(sample_of(1_000, 60)) == 500


def test_a_sample_of_none_is_an_empty_batch():
    assert sample_of(0, 60) == []
    assert isinstance(Sample(5).requests(), pa.RecordBatch)
