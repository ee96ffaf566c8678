"""The cost of a function, apart from the process that measures it."""

import pytest

from benchmarks.features.cost import cost_of


def allocate(gigabytes: float) -> None:
    assert bytearray(int(gigabytes * 2**30)).count(1) == 0


@pytest.mark.slow
def test_memory_is_that_of_the_work_and_not_of_the_parent_process():
    own = bytearray(b"1") * 2**30

    small, large = cost_of(allocate, 0.01).memory, cost_of(allocate, 0.5).memory

    assert len(own) == 2**30
    assert small < 0.9
    assert 0.45 < large - small < 0.55
