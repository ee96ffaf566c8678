"""Calibration of the report: tenths with their own rates, and a warning only above the noise."""

import numpy as np
import pytest

from custom_model.points import ScoreScale
from steps.evaluation.groups import SMALLEST_GROUP
from steps.evaluation.report.calibration import calibration
from tests.unit.steps.evaluations import calibrated_clients, evaluation_of


def warnings_of(section) -> list[str]:
    return [block.text for block in section.shown().blocks if getattr(block, "is_warning", False)]


def test_each_tenth_has_the_mean_probability_and_the_default_rate_of_its_clients():
    probability = np.repeat(np.arange(1, 11) / 20, 40)
    target = np.tile([1, 0, 0, 0], 100)

    tenths = calibration(evaluation_of(probability, target)).tenths

    assert [each.clients for each in tenths] == [40] * 10
    assert [each.predicted for each in tenths] == pytest.approx(np.arange(1, 11) / 20)
    assert [each.observed.value for each in tenths] == pytest.approx([0.25] * 10)
    # Wilson: 10 of 40.
    assert tenths[0].observed.low == pytest.approx(0.142, abs=1e-3)
    assert tenths[0].observed.high == pytest.approx(0.402, abs=1e-3)


def test_with_a_scale_each_tenth_has_the_points_of_its_mean_probability():
    scale = ScoreScale(base_points=600, base_odds=50, points_to_double_odds=20)

    section = calibration(evaluation_of(np.repeat([1 / 51, 1 / 11], 100), np.tile([1, 0, 0, 0], 50)), scale)

    assert [each.points for each in section.tenths] == [600] * 5 + [554] * 5
    (_, tenths) = (block for block in section.shown().blocks if block.kind == "table")
    assert [tenths.header[2], tenths.rows[0][2]] == ["points", "600"]


def test_tenths_of_a_few_clients_are_not_shown():
    probability, target = calibrated_clients(10 * SMALLEST_GROUP - 10)

    section = calibration(evaluation_of(probability, target))

    assert section.tenths == []
    assert any(f"fewer than {SMALLEST_GROUP} clients are not shown" in getattr(block, "text", "")
               for block in section.shown().blocks)  # fmt: skip


def test_an_error_above_the_noise_is_a_warning_and_one_within_it_is_none():
    probability, target = calibrated_clients(2_000)

    assert warnings_of(calibration(evaluation_of(probability, target))) == []
    assert warnings_of(calibration(evaluation_of(np.minimum(2 * probability, 1.0), target))) == [
        "The calibration error is above the noise of a sample of this size."
    ]
