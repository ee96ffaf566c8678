"""Processes share the cores that they may use."""

import pytest

from custom_model import cores


@pytest.mark.parametrize(("processes", "each"), [(1, 5), (2, 2), (5, 1), (64, 1)])
def test_processes_have_as_many_cores_each_as_there_are_for_all_and_one_at_least(processes, each, monkeypatch):
    monkeypatch.setattr(cores, "available_cores", lambda: 5)

    assert cores.cores_of_each(processes) == each
