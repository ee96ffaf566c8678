"""The plot of importance: the largest shares, in words."""

import io

import numpy as np
import pytest

from custom_model.meanings import Meaning
from steps.quality.importance_plot import importance_plot

MEANINGS = {"b": Meaning(description="Income of a year; before tax.", topic="INCOME")}


def labels_of(figure) -> list[str]:
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def test_importance_shows_the_largest_shares_of_all_gain_in_order():
    figure = importance_plot(["a", "b", "c", "d"], np.array([10.0, 60.0, 5.0, 25.0]), MEANINGS, "lender/1", limit=3)

    assert labels_of(figure) == ["A [a]", "D [d]", "Income of a year [b]"]  # from the bottom up
    assert [bar.get_width() for bar in figure.axes[0].patches] == pytest.approx([10, 25, 60])
    assert figure.get_suptitle() == "Importance: 3 of 4 features, 95 % of the gain\nlender/1"


def test_a_booster_that_gained_nothing_has_bars_of_no_length():
    (axes,) = importance_plot(["a", "b"], np.zeros(2), {}, "").axes

    assert [bar.get_width() for bar in axes.patches] == [0, 0]


def test_dollars_in_a_name_are_no_mathematics():
    figure = importance_plot([r"price_$\frac{$"], np.ones(1), {}, "$^$/1")

    figure.savefig(io.BytesIO(), format="png", dpi=20)
    assert labels_of(figure) == [r"Price frac [price_\$\frac{\$]"]
