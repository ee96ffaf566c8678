"""The counter-offer's slider."""

import pytest

from desk.decide.offer import moved, sliders

ASKED = {"AMT_CREDIT": 100_000.0, "AMT_ANNUITY": 5_000.0}
OFFER = {"field": "AMT_CREDIT", "values": {"AMT_CREDIT": 89_000.0, "AMT_ANNUITY": 4_450.0}}


def test_the_slider_stands_at_the_smallest_change_that_is_granted(version):
    (slider,) = sliders(version, ASKED, {"decision": "refused", "alternatives": [OFFER]}, {})

    assert (slider.lowest, slider.highest, slider.at) == (70, 100, pytest.approx(89))
    assert slider.step == pytest.approx(1)
    assert slider.offered == OFFER["values"]


def test_without_an_offer_it_stands_at_what_was_asked(version):
    (slider,) = sliders(version, ASKED, {"decision": "refused", "alternatives": []}, {})

    assert (slider.at, slider.offered) == (100, None)


def test_it_stays_where_it_was_moved(version):
    (slider,) = sliders(version, ASKED, {"decision": "refused", "alternatives": [OFFER]}, {"share.AMT_CREDIT": "80"})

    assert slider.at == 80


@pytest.mark.parametrize("share", ["much", "nan", "inf", "101"])
def test_it_stands_at_the_smallest_change_where_the_form_has_no_place_of_it(version, share):
    (slider,) = sliders(version, ASKED, {"decision": "refused", "alternatives": [OFFER]}, {"share.AMT_CREDIT": share})
    (unmoved,) = sliders(version, ASKED, {"decision": "refused", "alternatives": [OFFER]}, {})

    assert slider.at == unmoved.at


def test_a_granted_client_has_none(version):
    assert sliders(version, ASKED, {"decision": "granted"}, {}) == []


def test_what_is_in_proportion_moves_along_rounded_as_the_policy_says(version):
    application = {**ASKED, "AMT_ANNUITY": 3_333.33, "SHOE_SIZE": 43}

    assert moved(version, application, {"share.AMT_CREDIT": "90"}) == {
        "AMT_CREDIT": 90_000.0,
        "AMT_ANNUITY": 3_000.0,
        "SHOE_SIZE": 43,
    }


@pytest.mark.parametrize("share", ["69.9", "100.1", "nan", "-5", "much"])
def test_a_place_beyond_the_policys_is_refused(version, share):
    with pytest.raises(ValueError, match="AMT_CREDIT"):
        moved(version, ASKED, {"share.AMT_CREDIT": share})
