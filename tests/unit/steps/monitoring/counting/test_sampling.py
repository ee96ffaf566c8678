"""A sample of requests: as many as asked for, and the same ones however the record is read."""

import numpy as np
import pyarrow as pa
import pytest

from steps.monitoring.bins import Bins
from steps.monitoring.counting.sampling import Sample
from steps.monitoring.drift.sampled import Sampled
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


@pytest.mark.parametrize(
    "request_on_record", ["[1]", '"text"', '{"income":', '{"note": "\\ud800"}', '{"note": ' + "9" * 400 + "}"]
)
def test_a_request_that_cannot_be_read_stops_nothing_and_is_in_no_sample(request_on_record):
    sample = Sample(5)
    for batch in recorded([{"income": 1}, request_on_record, {"income": 2}]).batches():
        sample.add(batch)

    assert [each["income"] for each in Sampled(sample.requests()).requests] == [1, 2]


def test_a_value_of_another_kind_is_missing_in_the_sample_as_it_is_in_the_counts():
    sample = Sample(5)
    for batch in recorded([{"income": True, "kind": 3}, {"income": 2, "kind": "card"}]).batches():
        sample.add(batch)

    sampled = Sampled(sample.requests())

    assert np.isnan(sampled.numbers("income")).tolist() == [True, False]
    bins = Bins(None, ("card",))
    assert sampled.places("kind", bins).tolist() == [bins.missing, 0]
