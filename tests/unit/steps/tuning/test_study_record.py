"""The record of a study: the table of its trials and its plots."""

import io

import optuna
import pytest
from matplotlib.image import imread

from steps.tuning.search_space import SPACE
from steps.tuning.study_plots import study_plots
from steps.tuning.study_record import trials_table

CAPTION = "study s, data lender: 480 training clients, out of fold"


@pytest.fixture(scope="module")
def study() -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=1))
    for number in range(14):
        trial = study.ask(SPACE)
        trial.report(0.70 + trial.params["num_leaves"] / 1000, step=2)
        if number % 4 == 3:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        else:
            trial.set_user_attr("trees", 100 + number)
            study.tell(trial, 0.70 + trial.params["num_leaves"] / 1000)
    return study


def test_every_trial_is_a_line_with_its_state_its_auc_and_its_parameters(study):
    table = trials_table(study.trials)

    assert list(table["trial"]) == list(range(14))
    assert (table["state"] == "pruned").sum() == 3  # trials 3, 7 and 11
    assert table.loc[3, "auc"] == pytest.approx(0.70 + table.loc[3, "num_leaves"] / 1000)  # of its completed folds
    assert table.loc[4, "trees"] == 104
    assert set(SPACE) <= set(table.columns)


def test_history_slices_and_importance_are_drawn(study):
    plots = study_plots(study, CAPTION)

    assert set(plots) == {"history.png", "slices.png", "importance.png"}
    assert all(CAPTION in figure.get_suptitle() for figure in plots.values())
    for figure in plots.values():
        picture = io.BytesIO()
        figure.savefig(picture)
        picture.seek(0)
        assert imread(picture).std() > 0.05  # not blank


def test_what_alone_decides_is_the_most_important(study):
    axes = study_plots(study, CAPTION)["importance.png"].axes[0]

    assert axes.get_yticklabels()[-1].get_text() == "num_leaves"  # the topmost bar


def test_few_trials_have_no_importance(study):
    few = optuna.create_study(direction="maximize")
    few.add_trials(study.trials[:3])

    assert set(study_plots(few, CAPTION)) == {"history.png", "slices.png"}
