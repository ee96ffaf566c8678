"""Pruning: trials in the lowest quarter on the same folds end early."""

import optuna
import pytest

from steps.tuning.pruning import MIN_COMPLETED_TRIALS, FoldPruner


@pytest.fixture
def study() -> optuna.Study:
    """Trials with an AUC of 0.70, 0.71, 0.72, 0.73 on two folds, and 0.02 less on three."""
    study = optuna.create_study(direction="maximize", pruner=FoldPruner())
    for index in range(MIN_COMPLETED_TRIALS):
        trial = study.ask()
        trial.report(0.70 + index / 100, step=2)
        assert not trial.should_prune()  # too few completed trials
        trial.report(0.68 + index / 100, step=3)
        study.tell(trial, 0.68 + index / 100)
    return study


@pytest.mark.parametrize(("auc", "pruned"), [(0.707, True), (0.708, False)])
def test_a_trial_in_the_lowest_quarter_is_pruned(study, auc, pruned):
    trial = study.ask()
    trial.report(auc, step=2)

    assert trial.should_prune() is pruned  # the quartile of the four is 0.7075


def test_folds_are_compared_with_the_same_folds(study):
    trial = study.ask()
    trial.report(0.72, step=2)
    trial.report(0.686, step=3)

    assert trial.should_prune()  # despite 0.72 on two folds: the quartile on three is 0.6875


def test_pruned_trials_do_not_lower_the_bar(study):
    for _ in range(10):
        trial = study.ask()
        trial.report(0.5, step=2)
        study.tell(trial, state=optuna.trial.TrialState.PRUNED)
    trial = study.ask()
    trial.report(0.707, step=2)

    assert trial.should_prune()
