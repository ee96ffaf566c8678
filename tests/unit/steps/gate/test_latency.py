"""Latency side by side: the ratio holds however slow or noisy the machine is, and noise alone refuses nobody."""

import numpy as np
import pytest

from steps.gate.latency import MOST_ROUNDS, REQUESTS, ROUNDS, check_latency, latency_of, measured
from tests.unit.steps.lender import POLICY

BOUNDS = POLICY.promotion  # at most twice the champion's time


class Machine:
    """A machine whose speed wanders: every request takes its own time times the machine's of that moment."""

    def __init__(self, seed: int, noise: float):
        self.generator = np.random.default_rng(seed)
        self.noise = noise
        self.pace = 0.0
        self.requests = 0

    def server(self, milliseconds: float):
        def ask() -> float:
            self.requests += 1
            self.pace = 0.9 * self.pace + self.noise * self.generator.standard_normal()
            late = 20.0 if self.generator.random() < 0.02 else 1.0
            return milliseconds / 1000 * late * np.exp(self.pace)

        return ask


@pytest.mark.parametrize("noise", [0.0, 0.05, 0.3])
def test_a_server_as_fast_as_the_champions_passes_on_any_machine(noise):
    for seed in range(40):
        machine = Machine(seed, noise)
        check, _ = check_latency(measured(machine.server(1.0), machine.server(1.0), 2.0), BOUNDS)

        assert check.passed


@pytest.mark.parametrize("noise", [0.0, 0.05, 0.3])
def test_a_server_four_times_as_slow_fails_on_any_machine(noise):
    for seed in range(40):
        machine = Machine(seed, noise)
        check, metrics = check_latency(measured(machine.server(4.0), machine.server(1.0), 2.0), BOUNDS)

        assert not check.passed
        assert metrics["latency_ratio"] == pytest.approx(4.0, rel=0.5)


def test_the_ratio_is_that_of_a_quiet_machine():
    machine = Machine(0, 0.0)

    found = measured(machine.server(1.5), machine.server(1.0), 2.0)

    assert (found.candidate, found.champion, found.ratio) == pytest.approx((0.0015, 0.001, 1.5))
    assert machine.requests == 2 * ROUNDS * REQUESTS


def test_a_machine_too_noisy_to_tell_is_asked_longer_and_refuses_nobody():
    machine = Machine(1, 0.0)
    generator = np.random.default_rng(0)

    def wild(milliseconds: float):
        steady = machine.server(milliseconds)
        return lambda: steady() * generator.lognormal(0.0, 3.0)

    check, _ = check_latency(measured(wild(1.9), wild(1.0), 2.0), BOUNDS)

    assert machine.requests == 2 * MOST_ROUNDS * REQUESTS
    assert check.passed
    assert "too noisy to tell, which counts as passed" in check.sure


def test_the_interval_is_of_the_14th_and_the_27th_of_40_rounds():
    ratios = np.random.default_rng(0).permutation(np.arange(1, 41)) / 20

    found = latency_of(ratios, np.ones(40))

    assert (found.low, found.high) == (14 / 20, 27 / 20)
    assert found.ratio == 20.5 / 20
