"""The scale of a decision."""

import pytest

from desk.charts.scale import probability_scale, scale_end


@pytest.mark.parametrize(
    ("largest", "end"), [(0.09, 0.15), (0.16, 0.2), (0.17, 0.3), (0.3, 0.4), (0.5, 0.75), (0.9, 1.0), (1.0, 1.0)]
)
def test_the_scale_ends_at_a_round_share_beyond_both_figures(largest, end):
    assert scale_end(largest) == pytest.approx(end)


def test_a_client_below_the_threshold_is_marked_as_granted_and_from_it_on_as_refused():
    below, at = probability_scale(0.05, 0.0909, "en"), probability_scale(0.0909, 0.0909, "en")

    assert 'class="granted"' in below
    assert 'class="refused"' in at
    assert 'aria-label="Probability of default 5.0%; refused from 9.1% on"' in below


def test_labels_at_an_edge_stay_within_the_figure():
    drawn = probability_scale(0.001, 0.0909, "fr")

    assert '<text x="3.2" y="30.0" class="strong" text-anchor="start">ce client 0,1\u202f%</text>' in drawn
