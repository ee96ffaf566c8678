"""Applications without an outcome: counted, scored, and beside the clients that the model learned from."""

import mlflow
import numpy as np
import pytest

from steps.run.settings import Settings
from steps.tables.feature_table import FeatureTable
from steps.train import train
from steps.training.unlabelled import ARTIFACT
from tests.unit.steps.lender import POLICY, lender_table

QUICK = '{"rounds": 25, "patience": 25, "learning_rate": 0.1, "min_data_in_leaf": 20}'

pytestmark = pytest.mark.slow


def with_refused(poorer: float) -> FeatureTable:
    """The fictional lender's clients, and 300 applications whose income is that of others times `poorer`."""
    table = lender_table(3_000)
    others = lender_table(3_300).frame.iloc[3_000:].reset_index(drop=True)
    others["income"] *= poorer
    others["client"] += 10_000
    return FeatureTable(table.frame, table.lineage, table.path, unlabelled=others.assign(bad=None))


@pytest.mark.parametrize(("poorer", "words"), [(1.0, "alike"), (0.4, "another population")])
def test_the_training_report_names_their_number_and_how_their_scores_differ(poorer, words, capsys):
    settings = Settings(folds=2, bootstraps=100)

    trained = train(with_refused(poorer), "with-refused", settings, POLICY, QUICK)

    output = capsys.readouterr().out
    assert "300 applications without an outcome: mean probability of default" in output
    assert f"({words})" in output
    assert "selection bias: the model learned from labelled clients alone" in output
    metrics = mlflow.get_run(trained.run_id).data.metrics
    assert metrics["unlabelled_applications"] == 300
    logged = mlflow.artifacts.load_dict(f"runs:/{trained.run_id}/{ARTIFACT}")
    assert logged["stability"]["index"] == metrics["unlabelled_psi"]
    higher = metrics["unlabelled_mean_probability"] - metrics["labelled_mean_probability"]
    assert higher > 0.05 if poorer < 1 else abs(higher) < 0.05
    assert metrics["unlabelled_refused"] >= metrics["labelled_refused"] - 0.05


def test_a_table_with_outcomes_alone_is_not_said_to_lack_any(capsys):
    trained = train(lender_table(3_000), "all-labelled", Settings(folds=2, bootstraps=100), POLICY, QUICK)

    assert "selection bias" not in capsys.readouterr().out
    assert "unlabelled_applications" not in mlflow.get_run(trained.run_id).data.metrics
    assert np.isfinite(mlflow.get_run(trained.run_id).data.metrics["oof_auc"])
