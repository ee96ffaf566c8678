"""The picture of endurance: a server's memory, handles and threads over time."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from benchmarks.endurance.trial import Trial
from steps.quality.figure_style import BLUE, GREY

LABELS = {"memory": "memory (MB, PSS)", "handles": "open handles", "threads": "threads"}


def endurance_plot(trials: Sequence[Trial]) -> Figure:
    """A column for each trial, a row each for memory, handles and threads; the warm-up is grey."""
    figure = Figure(figsize=(6.4 * len(trials), 7.2), layout="constrained")
    grid = figure.subplots(len(LABELS), len(trials), squeeze=False, sharex="col")
    for column, trial in zip(grid.T, trials, strict=True):
        column[0].set_title(trial.title)
        column[-1].set_xlabel("seconds")
        for axes, (name, label) in zip(column, LABELS.items(), strict=True):
            values = [getattr(usage, name) for usage in trial.usages]
            axes.plot([usage.at for usage in trial.usages], values, color=BLUE)
            axes.axvspan(0, trial.warm_up, color=GREY, alpha=0.15, linewidth=0)
            axes.set(ylabel=label, ylim=(0, 1.2 * max(values)))
            axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
            axes.spines[["top", "right"]].set_visible(False)
            axes.grid(alpha=0.25)
    return figure
