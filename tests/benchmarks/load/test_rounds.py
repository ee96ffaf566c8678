"""Rounds: each setting in turn, the better round of each, and slow settings measured once."""

from benchmarks.load.closed_loop import Load
from benchmarks.load.rounds import Plan, best

PLAN = Plan(connections=[1], workers=[1], seconds=0.5, rounds=3)


def measurement(name: str, calls: list[str], rates: list[float], p50: float = 1.0):
    left = iter(rates)

    def load() -> Load:
        calls.append(name)
        return Load(p50, p50, next(left))

    return load


def test_settings_take_turns_and_the_better_round_of_each_counts():
    calls: list[str] = []
    loads = best({"a": measurement("a", calls, [10, 30, 20]), "b": measurement("b", calls, [5, 4, 6])}, PLAN, "")
    assert calls == ["a", "b"] * 3
    assert {name: load.rate for name, load in loads.items()} == {"a": 30, "b": 6}


def test_a_setting_whose_answer_takes_longer_than_a_round_is_measured_once():
    calls: list[str] = []
    best(
        {"slow": measurement("slow", calls, [1], p50=501.0), "quick": measurement("quick", calls, [1, 2, 3])}, PLAN, ""
    )
    assert calls == ["slow", "quick", "quick", "quick"]
