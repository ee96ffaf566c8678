"""The requests of a soak: valid and invalid, each with the status of its right answer."""

import json
from collections import Counter

import pytest
import requests

from benchmarks.endurance.mixed_requests import mixed_requests

pytestmark = pytest.mark.slow


def test_requests_are_of_many_clients_with_few_fields_and_all_and_some_are_mistakes(subject):
    mixed = mixed_requests(subject)

    valid = [json.loads(request.body) for request in mixed if request.status == 200]
    sizes = Counter(len(request["inputs"]) for request in valid)
    assert sizes[1] > 600 > sizes[10] > 0
    assert {request["params"]["reasons"] for request in valid} == {"none", "refused", "all"}
    assert len({request["inputs"][0][subject.decider.contract.id] for request in valid}) == 400
    assert 0.1 < sum(request.status == 400 for request in mixed) / len(mixed) < 0.2


def test_each_is_answered_with_its_status(subject, server):
    some = mixed_requests(subject)[::7]

    statuses = [
        requests.post(
            f"{server}/invocations", data=request.body, headers={"Content-Type": "application/json"}, timeout=60
        ).status_code
        for request in some
    ]

    assert statuses == [request.status for request in some]
    assert set(statuses) == {200, 400}
