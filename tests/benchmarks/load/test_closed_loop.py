"""The load generator: percentiles by rank, and a loop against a real server."""

import pytest

from benchmarks.load.closed_loop import measure, percentile
from steps.run.console import UserError
from tests.benchmarks.answering import ANSWER, a_server


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        (range(1, 101), 50, 50),
        (range(1, 101), 99, 99),
        (range(1, 21), 99, 20),  # 19 of 20 are 95 %: only the largest is not exceeded by 99 %
        ([3.0, 1.0, 2.0], 50, 2.0),
        ([7.0], 99, 7.0),
    ],
)
def test_percentile_is_the_smallest_value_that_so_many_do_not_exceed(values, percent, expected):
    assert percentile(values, percent) == expected


def test_load_comes_over_as_many_connections_and_is_counted_in_milliseconds():
    with a_server(ANSWER) as (url, connected, _):
        load = measure(url, [b"{}"], connections=3, seconds=0.1)
    assert len(connected) == 3
    # The server waits for 1 ms within each answer.
    assert 1 <= load.p50 <= load.p99
    assert 0 < load.rate <= 3 * 1000


def test_bodies_are_sent_in_turn():
    with a_server(ANSWER) as (url, _, received):
        measure(url, [b"one", b"two", b"three"], connections=1, seconds=0.05)
    assert len(received) > 20
    assert [request.rpartition(b"\r\n\r\n")[2] for request in received[:4]] == [b"one", b"two", b"three", b"one"]


def test_a_refusal_ends_the_measurement_with_what_the_server_said():
    with (
        a_server(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\nno") as (url, *_),
        pytest.raises(UserError, match="400 Bad Request"),
    ):
        measure(url, [b"{}"], connections=2, seconds=0.1)
