"""How much is under way at once."""

import pytest

from custom_model.errors import Unavailable
from custom_model.server.admission import Admission


def test_a_request_beyond_the_last_place_is_refused_until_one_leaves():
    admission = Admission(max_requests=2, max_bytes=100)
    first, second, third = admission.visit(), admission.visit(), admission.visit()
    first.enter()
    second.enter()

    with pytest.raises(Unavailable):
        third.enter()
    with pytest.raises(Unavailable):
        admission.visit()
    first.leave()
    third.enter()

    assert admission.requests == 2


def test_bodies_are_bounded_together_and_not_one_by_one():
    admission = Admission(max_requests=9, max_bytes=100)
    first, second = admission.visit(), admission.visit()
    first.hold(60)

    with pytest.raises(Unavailable) as refused:
        second.hold(41)
    first.leave()
    second.hold(41)

    assert refused.value.retry_after == 1
    assert admission.bytes == 41


def test_what_left_twice_gave_back_once():
    admission = Admission(max_requests=2, max_bytes=100)
    visit = admission.visit()
    visit.hold(10)
    visit.enter()
    visit.leave()
    visit.leave()

    assert (admission.requests, admission.bytes) == (0, 0)
