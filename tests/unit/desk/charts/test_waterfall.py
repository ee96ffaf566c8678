"""The waterfall of a decision."""

from math import log

import pytest

from desk.charts.waterfall import Step, share, waterfall


def test_the_steps_lead_from_the_average_client_to_this_one():
    start = log(0.08 / 0.92)
    steps = [Step("The score is low", 0.9, "en"), Step("The income is high", -0.3, "en")]

    drawn = waterfall(start, steps, "en")

    assert share(start) == pytest.approx(0.08)
    assert "The average client 8.0%" in drawn
    assert f"This client {100 * share(start + 0.6):.1f}%" in drawn
    assert drawn.index("▲ The score is low") < drawn.index("▼ The income is high")
    assert f"raises it to {100 * share(start + 0.9):.1f}%" in drawn
    assert f"lowers it to {100 * share(start + 0.6):.1f}%" in drawn


def test_words_of_another_language_say_so():
    drawn = waterfall(0.0, [Step("The score is low", 1.0, "en"), Step("Le revenu", -1.0, "fr")], "fr")

    assert '<span lang="en">▲ The score is low</span>' in drawn
    assert "<span>▼ Le revenu</span>" in drawn


def test_words_of_a_matter_are_no_markup():
    drawn = waterfall(0.0, [Step("<script>", 1.0, "en")], "en")

    assert "<script>" not in drawn
    assert "&lt;script&gt;" in drawn


def test_without_any_matter_both_clients_are_the_same():
    drawn = waterfall(0.0, [], "fr")

    assert "Le client moyen 50,0\u202f%" in drawn
    assert "Ce client 50,0\u202f%" in drawn
