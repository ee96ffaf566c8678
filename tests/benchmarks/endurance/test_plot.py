"""The picture of endurance: every figure of the usage in every trial."""

from io import BytesIO

from matplotlib.image import imread

from benchmarks.endurance.plot import LABELS, endurance_plot
from benchmarks.endurance.resources import Usage
from benchmarks.endurance.trial import Trial

USAGES = [Usage(at, 500.0 + at, 80, 20) for at in range(40)]


def test_the_picture_shows_the_usage_in_each_trial():
    figure = endurance_plot([Trial("Soak", "", [], USAGES, 10.0), Trial("Overload", "", [], USAGES)])

    lines = [axes.lines[0].get_ydata().tolist() for axes in figure.axes]
    assert len(lines) == 2 * len(LABELS)
    assert lines[0] == [usage.memory for usage in USAGES]
    assert lines[2] == [usage.handles for usage in USAGES]
    file = BytesIO()
    figure.savefig(file, format="png", dpi=50)
    file.seek(0)
    assert imread(file).std() > 0
