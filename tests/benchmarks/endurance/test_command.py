"""Endurance as it is told: words, checks that hold or failed, and a picture of all that was held."""

from io import BytesIO

from matplotlib.image import imread

from benchmarks.endurance.findings import Check, Endured, grown
from benchmarks.endurance.plot import SHOWN, endurance_plot
from benchmarks.endurance.resources import Usage

USAGES = [Usage(at, 500.0 + at, 80, 20) for at in range(40)]
SOAK = Endured("Soak", "Nothing came.", [Check("none was lost", True), Check("all was kept", False)], USAGES, 10.0)


def test_a_check_that_failed_is_told_as_plainly_as_one_that_holds():
    assert str(SOAK) == "## Soak\n\nNothing came.\n\n- holds: none was lost\n- FAILED: all was kept"


def test_growth_up_to_its_bound_holds():
    assert str(grown("memory", 200, 206, 3, " MB")) == "holds: memory: 200 to 206 MB, +3.0 %, at most +3 %"
    assert str(grown("handles", 200, 201, 0)) == "FAILED: handles: 200 to 201, +0.5 %, at most +0 %"
    assert grown("memory", 200, 150, 0).holds


def test_the_picture_shows_all_that_was_held_in_each_trial():
    figure = endurance_plot([SOAK, Endured("Overload", "", [], USAGES)])

    lines = [axes.lines[0].get_ydata().tolist() for axes in figure.axes]
    assert len(lines) == 2 * len(SHOWN)
    assert lines[0] == [usage.memory for usage in USAGES]
    assert lines[2] == [usage.handles for usage in USAGES]
    file = BytesIO()
    figure.savefig(file, format="png", dpi=50)
    file.seek(0)
    assert imread(file).std() > 0
