"""The scorecard, stored as JSON next to the trees."""

import pytest
from pydantic import ValidationError

from custom_model.scorecard import Calibration, ReasonText, Scorecard


def test_it_survives_json_with_its_features_in_order(scorecard):
    returned = Scorecard.model_validate_json(scorecard.model_dump_json())

    assert returned == scorecard
    assert list(returned.texts) == list(scorecard.texts)


@pytest.mark.parametrize("slope", [0, -1, float("nan"), float("inf")])
def test_calibration_may_not_reverse_the_order_of_risks(slope):
    with pytest.raises(ValidationError, match="slope"):
        Calibration(slope=slope, intercept=0)


def test_a_scale_without_words_is_refused():
    with pytest.raises(ValidationError, match="scale"):
        ReasonText(code="A", text="a", scale="colour")
