"""How figures are written."""

import pytest

from desk.watch.figures import amount, points, with_band
from steps.evaluation.report.document import Estimate


@pytest.mark.parametrize(
    ("value", "text"), [(0.45356, "0.454"), (45.356, "45.4"), (4535.6, "4,536"), (0.0, "0.000"), (None, "–")]
)
def test_a_cost_has_three_significant_digits(value, text):
    assert amount(value, "en") == text


def test_a_band_is_in_the_language_of_the_page():
    estimate = Estimate(value=0.4536, low=0.4432, high=0.4639)

    assert with_band(estimate, "en") == "0.454 (0.443 to 0.464)"
    assert with_band(estimate, "fr") == "0,454 (0,443 à 0,464)"
    assert points(Estimate(value=-0.012, low=-0.03, high=0.004), "en") == "\u22121.2 (\u22123.0 to +0.4)"
