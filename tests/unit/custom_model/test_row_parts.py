"""Rows that several threads compute are those of one."""

import os
import signal
import threading

import numpy as np
import pytest

from custom_model.row_parts import LEAST_ROWS, RowParts


@pytest.mark.parametrize("rows", [0, 1, LEAST_ROWS - 1, 2 * LEAST_ROWS, 3 * LEAST_ROWS + 1, 10 * LEAST_ROWS])
@pytest.mark.parametrize("order", ["C", "F"])
def test_rows_have_the_bits_and_the_order_that_one_thread_gives_them(decider, rows, order):
    booster = decider.scorer.booster
    matrix = np.random.default_rng(3).normal(size=(rows, booster.num_feature())).copy(order)

    def raw(part: np.ndarray) -> np.ndarray:
        return np.asarray(booster.predict(part, raw_score=True, num_threads=1)).reshape(len(part))

    assert RowParts(3).compute(raw, matrix).tobytes() == raw(matrix).tobytes()


@pytest.mark.parametrize(
    ("threads", "rows", "parts"),
    [(1, 10, 1), (4, 1, 1), (4, 2, 2), (4, 3, 3), (4, 9, 4)],
    ids=lambda number: str(number),
)
def test_each_thread_has_enough_rows(threads, rows, parts):
    sizes = []

    def count(part: np.ndarray) -> np.ndarray:
        sizes.append(len(part))
        return part

    RowParts(threads).compute(count, np.zeros((rows * LEAST_ROWS, 1)))

    assert len(sizes) == parts
    assert min(sizes) >= LEAST_ROWS


def test_parts_are_computed_at_the_same_time():
    meeting = threading.Barrier(2, timeout=60)

    def meet(part: np.ndarray) -> np.ndarray:
        meeting.wait()
        return part

    assert len(RowParts(2).compute(meet, np.zeros((2 * LEAST_ROWS, 1)))) == 2 * LEAST_ROWS


def test_an_error_of_a_part_is_raised():
    def fail(part: np.ndarray) -> np.ndarray:
        raise ValueError("no such feature")

    with pytest.raises(ValueError, match="no such feature"):
        RowParts(2).compute(fail, np.zeros((2 * LEAST_ROWS, 1)))


def test_a_process_that_was_forked_after_the_threads_began_has_its_own():
    parts, matrix = RowParts(2), np.arange(2.0 * LEAST_ROWS)[:, np.newaxis]
    meeting = threading.Barrier(2, timeout=60)

    def meet(part: np.ndarray) -> np.ndarray:
        meeting.wait()
        return part

    parts.compute(meet, matrix)  # both threads have begun: the child's copy of the pool would start none

    child = os.fork()
    if not child:
        signal.alarm(60)  # in place of a wait for ever
        os._exit(0 if (parts.compute(np.negative, matrix) == -matrix).all() else 1)

    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


def test_rows_are_computed_where_no_thread_can_start(monkeypatch):
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    parts, matrix = RowParts(2), np.arange(2.0 * LEAST_ROWS)[:, np.newaxis]
    monkeypatch.setattr(threading.Thread, "start", refuse)

    assert (parts.compute(np.negative, matrix) == -matrix).all()


def test_rows_are_computed_once_the_threads_are_stopped():
    parts, matrix = RowParts(2), np.arange(2.0 * LEAST_ROWS)[:, np.newaxis]
    parts.compute(np.negative, matrix)
    parts.close()

    assert (parts.compute(np.negative, matrix) == -matrix).all()
