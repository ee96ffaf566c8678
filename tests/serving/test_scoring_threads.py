"""The rows of a large request are scored by the worker's share of the cores."""

import psutil
import pytest
import requests

from custom_model.cores import available_cores
from custom_model.row_parts import LEAST_ROWS
from testing.forked_servers import hardened_server
from testing.processes import workers_of

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("variables", "are_parallel"),
    [({}, available_cores() > 1), ({"SCORING_THREADS": "1"}, False), ({"SCORING_THREADS": "2"}, True)],
    ids=["the only worker has all cores", "one thread", "two threads"],
)
def test_threads_start_where_a_worker_has_several_for_as_many_rows(champion, applications, variables, are_parallel):
    with hardened_server(champion.uri, workers=1, **variables) as url:
        (worker,) = workers_of(url)

        def threads_after(rows: int) -> int:
            answer = requests.post(f"{url}/invocations", json={"inputs": applications[:1] * rows}, timeout=60)
            assert len(answer.json()["predictions"]) == rows
            return psutil.Process(worker).num_threads()

        few = threads_after(2 * LEAST_ROWS - 1)

        assert (threads_after(2 * LEAST_ROWS) > few) is are_parallel
