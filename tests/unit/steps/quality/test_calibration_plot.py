"""The plot of calibration: tenths of the clients, their intervals, and the low end."""

import numpy as np

from steps.quality.calibration_plot import LOW_END, calibration_plot
from tests.unit.steps.evaluations import calibrated_clients

PROBABILITY, TARGET = calibrated_clients(2_000)


def test_all_tenths_are_on_the_left_and_those_of_the_lowest_risk_alone_on_the_right():
    left, right = calibration_plot(PROBABILITY, TARGET, 0.09, "caption").axes

    points = [next(line for line in axes.lines if line.get_marker() == "o").get_xdata() for axes in (left, right)]
    assert [len(each) for each in points] == [10, LOW_END]
    assert right.get_xlim()[1] < left.get_xlim()[1] / 2
    np.testing.assert_array_equal(points[1], points[0][:LOW_END])
    assert "a tenth of the clients, 95 % interval" in left.get_legend_handles_labels()[1]
