"""A study: name, setup, first trial, resumption."""

import numpy as np
import optuna
import pytest

from steps.run.console import UserError
from steps.run.settings import Settings
from steps.training.data import TrainingData, training_data
from steps.training.parameters import Parameters
from steps.tuning.search_space import SPACE, searched, suggest
from steps.tuning.storage import open_storage
from steps.tuning.study import finished, name_of, open_study, setup_of
from tests.unit.steps.lender import POLICY, lender_table


@pytest.fixture(scope="module")
def data() -> TrainingData:
    return training_data(lender_table(), np.ones(600, bool), POLICY)


@pytest.fixture(scope="module")
def setup(data) -> dict:
    return setup_of(data, Parameters(), 250, Settings())


def test_the_same_data_and_parameters_give_the_same_name(data, setup):
    assert name_of(setup_of(data, Parameters(), 250, Settings())) == name_of(setup)
    # Searched parameters differ between trials: they are no part of the setup.
    assert name_of(setup_of(data, Parameters(num_leaves=31), 250, Settings())) == name_of(setup)


def test_another_value_target_or_fixed_parameter_gives_another_name(data, setup):
    matrix, target = data.matrix.copy(), data.target.copy()
    matrix[3, 0] += 1
    target[3] = 1 - target[3]
    others = [
        setup_of(TrainingData(data.features, matrix, data.target), Parameters(), 250, Settings()),
        setup_of(TrainingData(data.features, data.matrix, target), Parameters(), 250, Settings()),
        setup_of(TrainingData(data.features, data.matrix, data.target, {"age": 1}), Parameters(), 250, Settings()),
        setup_of(data, Parameters(learning_rate=0.1), 250, Settings()),
        setup_of(data, Parameters(), 0, Settings()),
        {**setup, "seed": setup["seed"] + 1},
        {**setup, "folds": 3},
        {**setup, "space": {}},
    ]

    assert len({name_of(each) for each in [setup, *others]}) == 1 + len(others)


def test_trials_of_another_setup_are_refused_and_the_difference_is_named(tmp_path, setup):
    storage = open_storage(str(tmp_path / "journal"))
    open_study(storage, "mine", setup, Parameters())

    with pytest.raises(UserError, match=r"study mine has trials of another setup \(folds, seed\):"):
        open_study(storage, "mine", {**setup, "folds": 3, "seed": 4}, Parameters())


def test_the_first_trial_is_the_defaults_and_comes_once(tmp_path, setup):
    storage = open_storage(str(tmp_path / "journal"))
    open_study(storage, "mine", setup, Parameters())
    study = open_study(storage, "mine", setup, Parameters())

    study.optimize(lambda trial: 0.5 if suggest(trial, Parameters()) else 0, n_trials=2)

    first, second = finished(study)
    assert first.params == searched(Parameters())
    assert second.params != first.params


def test_a_study_that_goes_on_draws_as_if_it_had_never_stopped(tmp_path, setup):
    def draw(location: str, *parts: int) -> list[dict]:
        for part in parts:
            study = open_study(open_storage(str(tmp_path / location)), "mine", setup, Parameters())
            study.optimize(_goal, n_trials=part)
        return [trial.params for trial in finished(study)]

    assert draw("at once", 16) == draw("in parts", 5, 9, 2)


def test_processes_that_share_a_study_draw_differently(tmp_path, setup):
    storage = open_storage(str(tmp_path / "journal"))
    here, there = (open_study(storage, "mine", setup, Parameters()) for _ in range(2))
    _, first, second = here.ask(SPACE), here.ask(SPACE), there.ask(SPACE)

    assert first.params != second.params
    quantile = [_quantile(name, first.params[name]) for name in SPACE]
    assert np.ptp(quantile) > 0.1  # nor does one draw make all its parameters alike


def _goal(trial: optuna.Trial) -> float:
    params = suggest(trial, Parameters())
    return 0.8 - abs(params.num_leaves - 20) / 1000 - abs(params.bagging_fraction - 0.7) / 10


def _quantile(name: str, value: float) -> float:
    low, high = SPACE[name].low, SPACE[name].high
    return np.log(value / low) / np.log(high / low) if SPACE[name].log else (value - low) / (high - low)
