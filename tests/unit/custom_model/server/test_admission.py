"""Limits on the requests in progress and their bytes."""

import pytest

from custom_model.errors import Unavailable
from custom_model.server.admission import Admission


def test_a_request_over_the_limit_is_refused_until_another_is_released():
    admission = Admission(max_requests=2, max_bytes=100)
    first, second, third = admission.permit(), admission.permit(), admission.permit()
    first.enter()
    second.enter()

    with pytest.raises(Unavailable):
        third.enter()
    with pytest.raises(Unavailable):
        admission.permit()
    first.release()
    third.enter()

    assert admission.requests == 2


def test_the_byte_limit_is_for_all_bodies_together():
    admission = Admission(max_requests=9, max_bytes=100)
    first, second = admission.permit(), admission.permit()
    first.reserve(60)

    with pytest.raises(Unavailable) as error:
        second.reserve(41)
    first.release()
    second.reserve(41)

    assert error.value.retry_after == 1
    assert admission.bytes == 41


def test_releasing_a_permit_twice_counts_once():
    admission = Admission(max_requests=2, max_bytes=100)
    permit = admission.permit()
    permit.reserve(10)
    permit.enter()
    permit.release()
    permit.release()

    assert (admission.requests, admission.bytes) == (0, 0)
