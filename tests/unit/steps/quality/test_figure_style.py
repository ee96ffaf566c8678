"""Texts of plots: as they are, whatever characters a lender's names have."""

import warnings

import pytest

from steps.quality.figure_style import blank, plain


@pytest.mark.parametrize("name", ["income", "größe", "доход", "a_{b}^c", "x\\y", "100 % <of> [it]: \"a\", 'b'"])
def test_what_the_font_has_stays_as_it_is(name):
    assert plain(name) == name


def test_what_the_font_lacks_is_written_so_that_names_stay_apart():
    assert plain("住房") == r"\u4f4f\u623f"
    assert plain("🚗 of it") == r"\U0001f697 of it"


@pytest.mark.parametrize("name", ["loan $ of $amount", "$\\frac$", "住房", "🚗", "a\x07b", "", "_hidden"])
def test_every_name_can_be_drawn_without_a_warning(name, tmp_path):
    figure, axes = blank(name, "share", "", caption=name)
    axes.barh([plain(name)], [1.0])

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.savefig(tmp_path / "plot.png")
