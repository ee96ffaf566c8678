"""Rounds: each setting in turn, the better one kept, and what is slow measured once."""

from benchmarks.load.closed_loop import Load
from benchmarks.load.rounds import Plan, best

PLAN = Plan(connections=[1], workers=[1], seconds=0.5, rounds=3)


def measured(name: str, said: list[str], rates: list[float], p50: float = 1.0):
    left = iter(rates)

    def load() -> Load:
        said.append(name)
        return Load(p50, p50, next(left))

    return load


def test_settings_take_turns_and_the_better_round_of_each_is_kept():
    said: list[str] = []
    found = best({"a": measured("a", said, [10, 30, 20]), "b": measured("b", said, [5, 4, 6])}, PLAN, "")
    assert said == ["a", "b"] * 3
    assert {name: load.rate for name, load in found.items()} == {"a": 30, "b": 6}


def test_what_takes_longer_than_a_round_for_one_answer_is_measured_once():
    said: list[str] = []
    best({"slow": measured("slow", said, [1], p50=501.0), "quick": measured("quick", said, [1, 2, 3])}, PLAN, "")
    assert said == ["slow", "quick", "quick", "quick"]
