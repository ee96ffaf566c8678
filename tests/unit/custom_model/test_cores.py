"""Processes share the cores that they may use."""

import os

import pytest

from custom_model import cores
from custom_model.environment import Environment
from custom_model.server.settings import share_of_cores


@pytest.mark.parametrize(("processes", "each"), [(1, 5), (2, 2), (5, 1), (64, 1)])
def test_processes_have_as_many_cores_each_as_there_are_for_all_and_one_at_least(processes, each, monkeypatch):
    monkeypatch.setattr(cores, "available_cores", lambda: 5)

    assert cores.cores_of_each(processes) == each


@pytest.mark.parametrize(
    ("quota", "available"),
    [("max 100000", 8), ("250000 100000", 3), ("50000 100000", 1), ("1600000 100000", 8), ("", 8), (None, 8)],
    ids=["no bound", "two and a half", "half", "more than there are", "another form", "no file"],
)
def test_a_containers_quota_bounds_the_cores(quota, available, monkeypatch, tmp_path):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr(cores, "QUOTA", tmp_path / "cpu.max")
    if quota is not None:
        cores.QUOTA.write_text(f"{quota}\n")

    assert cores.available_cores() == available


@pytest.mark.parametrize(
    ("available", "workers", "threads"), [(1, 1, 1), (8, 1, 8), (8, 3, 2), (2, 4, 1), (1_000, 1, 64), (1_000, 2, 64)]
)
def test_a_workers_share_is_a_valid_setting_on_any_machine(available, workers, threads, monkeypatch):
    monkeypatch.setattr(cores, "available_cores", lambda: available)

    share = share_of_cores(workers)

    assert share == threads
    assert Environment.read({"SCORING_THREADS": str(share)}).scoring_threads == threads


@pytest.mark.parametrize(
    ("bound", "own"),
    [(None, 6), ("1", 1), ("8", 8), ("4,2", 4), ("", 6), ("0", 6), ("all", 6), ("٣", 6), (" 3 ", 3), ("9" * 5000, 6)],
    ids=lambda value: str(value)[:9],
)
def test_a_process_that_is_one_of_several_has_the_cores_that_it_was_given(bound, own, monkeypatch):
    monkeypatch.setattr(cores, "available_cores", lambda: 6)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if bound is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", bound)

    assert cores.cores_of_process() == own
