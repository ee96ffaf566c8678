"""Garbage collection pauses while many rows are made, and is never left off."""

import gc
import os
import threading

import pytest

from custom_model.garbage import MANY, collection_paused


def test_the_collection_pauses_for_many_rows_only_and_goes_on_after_the_first_pause():
    with collection_paused(MANY - 1):
        assert gc.isenabled()
    with collection_paused(MANY):
        with collection_paused(MANY):
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_goes_on_after_an_error():
    with pytest.raises(KeyboardInterrupt), collection_paused(MANY):
        raise KeyboardInterrupt

    assert gc.isenabled()


def test_a_collection_that_was_off_stays_off():
    gc.disable()
    try:
        with collection_paused(MANY):
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_several_threads_that_pause_it_at_once_do_not_leave_it_off():
    together = threading.Barrier(8, timeout=60)
    ended: list[bool] = []

    def pause() -> None:
        for _ in range(200):
            together.wait()
            with collection_paused(MANY):
                pass
            together.wait()
            ended.append(gc.isenabled())
            together.wait()

    threads = [threading.Thread(target=pause) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert ended == [True] * 8 * 200


def test_a_thread_that_ends_first_turns_it_on_for_all():
    paused, over = threading.Event(), threading.Event()

    def pause() -> None:
        with collection_paused(MANY):
            paused.set()
            over.wait(60)

    thread = threading.Thread(target=pause)
    thread.start()
    paused.wait(60)
    with collection_paused(MANY):
        over.set()
        thread.join()

        assert gc.isenabled()
    assert gc.isenabled()


def test_a_process_that_was_forked_meanwhile_collects_garbage():
    with collection_paused(MANY):
        child = os.fork()
        if not child:
            os._exit(0 if gc.isenabled() else 1)

    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
