"""Every contender of the tuning benchmark tries the same sets of parameters on the same folds."""

import numpy as np
import optuna
import pytest

from benchmarks.tuning.contenders import Subject, binned_folds, binned_loop, parameter_sets, plain_loop, tuned
from steps.run.settings import Settings
from steps.training.data import training_data
from steps.training.parameters import Parameters
from steps.tuning.search_space import searched
from tests.unit.steps.lender import POLICY, lender_table

BASE = Parameters(rounds=20, patience=20, learning_rate=0.1)
TRIALS = 3


@pytest.fixture(scope="module")
def subject() -> Subject:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    settings = Settings(folds=3, seed=1, cores=2)
    data = training_data(lender_table(), np.ones(600, bool), POLICY)
    return Subject(data, BASE, parameter_sets(BASE, TRIALS, settings.seed), settings)


def values(study: optuna.Study) -> list[float]:
    assert [trial.state for trial in study.trials] == TRIALS * [optuna.trial.TrialState.COMPLETE]
    return [trial.value for trial in study.trials]


def test_the_first_set_is_the_defaults_and_a_seed_draws_the_others_again(subject):
    assert subject.trials == TRIALS
    assert subject.sets[0] == searched(BASE)
    assert subject.sets == parameter_sets(BASE, TRIALS, seed=1)
    assert subject.sets[1:] != parameter_sets(BASE, TRIALS, seed=2)[1:]


def test_each_contender_completes_every_set(subject):
    columns = [fold.columns for fold in binned_folds(subject)]

    plain, binned = plain_loop(subject, columns), binned_loop(subject)

    assert [trial.params for trial in plain.trials] == [trial.params for trial in binned.trials] == subject.sets
    # Each fold at its own best round, against one round for all: the plain loop looks better, but not by much.
    assert np.subtract(values(plain), values(binned)) == pytest.approx(0, abs=0.1)


@pytest.mark.slow
def test_the_study_of_tune_comes_to_the_values_of_the_binned_loop(subject):
    study = tuned(subject, jobs=1, pruned=False)

    by_params = {tuple(trial.params.items()): trial.value for trial in study.trials}
    assert sorted(by_params.values()) == pytest.approx(sorted(values(binned_loop(subject))), abs=1e-9)
