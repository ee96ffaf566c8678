"""Intervals of rates."""

import numpy as np
import pytest

from custom_model.rates import wilson_interval


def test_the_interval_of_a_rate_is_wilsons():
    low, high = wilson_interval(np.array([0.0, 0.1]), np.array([100, 100]))

    assert low == pytest.approx([0.0, 0.0552], abs=1e-4)
    assert high == pytest.approx([0.0370, 0.1744], abs=1e-4)
