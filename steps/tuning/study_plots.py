"""Plots of a study: history of the AUC, slices and importance of the parameters."""

import numpy as np
import optuna
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter
from optuna.trial import FrozenTrial, TrialState

from steps.quality.figure_style import BLUE, GREY, ORANGE, blank, head
from steps.tuning.search_space import SPACE
from steps.tuning.study import DEFAULTS

MIN_TRIALS_FOR_IMPORTANCE = 8  # completed; fewer give noise


def study_plots(study: optuna.Study, caption: str) -> dict[str, Figure]:
    """History, slices and, from MIN_TRIALS_FOR_IMPORTANCE completed trials on, importance, by file name."""
    trials = study.get_trials(deepcopy=False)
    complete = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    pruned = [trial for trial in trials if trial.state == TrialState.PRUNED]
    plots = {
        "history.png": _history(complete, pruned, caption),
        "slices.png": _slices(complete, study.best_trial, caption),
    }
    varied = len({trial.value for trial in complete}) > 1
    if varied and len(complete) >= MIN_TRIALS_FOR_IMPORTANCE:
        plots["importance.png"] = _importance(study, caption)
    return plots


def _history(complete: list[FrozenTrial], pruned: list[FrozenTrial], caption: str) -> Figure:
    figure, axes = blank("Tuning", "trial", "mean AUC of the folds", width=8, caption=caption)
    numbers, values = [trial.number for trial in complete], [_auc(trial) for trial in complete]
    best = np.maximum.accumulate(values)
    low = min(float(np.quantile(values, 0.1)), float(np.median(values)))
    room = max(best[-1] - low, 1e-4)
    bottom = low - 0.5 * room
    if pruned:
        below = sum(_auc(trial) < bottom for trial in pruned)
        label = f"{len(pruned)} pruned, at their mean so far" + (f" ({below} below)" if below else "")
        axes.plot([trial.number for trial in pruned], [_auc(trial) for trial in pruned], "x", color=GREY, label=label)
    axes.plot(numbers, values, "o", color=BLUE, label=f"{len(complete)} completed")
    axes.step(numbers, best, where="post", color=ORANGE, label=f"best so far: {best[-1]:.4f}")
    defaults = [_auc(trial) for trial in complete if DEFAULTS in trial.user_attrs]
    if defaults:
        axes.axhline(defaults[0], color=GREY, linestyle=":", label=f"defaults: {defaults[0]:.4f}")
    axes.set_ylim(bottom, best[-1] + 0.15 * room)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.11), ncols=4, fontsize=8, frameon=False)
    return figure


def _slices(complete: list[FrozenTrial], best: FrozenTrial, caption: str) -> Figure:
    columns = 3
    rows = -(-len(SPACE) // columns)
    figure = Figure(figsize=(11, 3.2 * rows), layout="constrained")
    head(figure, "AUC of the completed trials by each parameter (darker: later; star: the best)", caption)
    axes = figure.subplots(rows, columns, sharey=True, squeeze=False)
    order = np.arange(len(complete))
    for panel, (name, distribution) in zip(axes.flat, SPACE.items(), strict=False):
        values = [trial.params[name] for trial in complete]
        panel.scatter(values, [trial.value for trial in complete], c=order, cmap="Blues", vmin=-len(order) / 2,
                      edgecolors=BLUE, linewidths=0.4)  # fmt: skip
        panel.plot(best.params[name], best.value, "*", color=ORANGE, markersize=14)
        if distribution.log:
            panel.set_xscale("log")
            panel.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            panel.xaxis.set_major_formatter("{x:g}")
            panel.xaxis.set_minor_formatter(NullFormatter())
        panel.set_xlabel(name)
        panel.grid(alpha=0.25)
        panel.spines[["top", "right"]].set_visible(False)
    for unused in list(axes.flat)[len(SPACE) :]:
        unused.set_visible(False)
    for left in axes[:, 0]:
        left.set_ylabel("mean AUC of the folds")
    return figure


def _importance(study: optuna.Study, caption: str) -> Figure:
    figure, axes = blank(
        "How much each parameter matters (fANOVA)", "share of the AUC's variance (%)", "", 8, caption=caption
    )
    shares = optuna.importance.get_param_importances(
        study, evaluator=optuna.importance.FanovaImportanceEvaluator(seed=0)
    )
    names = list(reversed(shares))
    axes.barh(names, [100 * shares[name] for name in names], color=BLUE)
    return figure


def _auc(trial: FrozenTrial) -> float:
    return trial.value if trial.value is not None else trial.intermediate_values[max(trial.intermediate_values)]
