"""The record of a comparison in MLflow: nested runs, one table and one plot with the same figures."""

import json

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

from steps.compare import compare
from steps.comparison.families import FAMILIES
from steps.comparison.figures import best_of
from steps.run.policy import read_policy
from steps.run.settings import Settings
from steps.tables.feature_table import FeatureTable
from steps.training.data import training_rows
from tests.unit.steps.lender import POLICY, lender_table

pytestmark = pytest.mark.slow
COMPARED = ("dummy", "logistic-regression", "lightgbm")


@pytest.fixture(scope="module")
def compared(narrow):
    return compare(narrow, Settings(), read_policy(), COMPARED)


@pytest.fixture(scope="module")
def parent(compared):
    (run,) = mlflow.search_runs(
        experiment_names=["credit-scoring"], filter_string="tags.step = 'compare'", output_format="list"
    )
    return run


@pytest.fixture(scope="module")
def children(parent):
    runs = mlflow.search_runs(
        experiment_names=["credit-scoring"],
        filter_string=f"tags.mlflow.parentRunId = '{parent.info.run_id}'",
        output_format="list",
    )
    return {run.data.tags["family"]: run for run in runs}


def text(run, name: str) -> str:
    return mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/{name}")


def test_each_family_has_a_finished_nested_run(children):
    assert set(children) == set(COMPARED)
    assert {run.info.status for run in children.values()} == {"FINISHED"}


def test_a_familys_run_has_its_figures_overall_and_by_fold(compared, children):
    for each in compared:
        run = children[each.name]
        for name, value in each.figures.items():
            assert run.data.metrics[name] == pytest.approx(value)
        for name in each.by_fold:
            history = MlflowClient().get_metric_history(run.info.run_id, f"fold_{name}")
            assert [point.step for point in history] == list(range(Settings().folds))
            assert np.mean([point.value for point in history]) == pytest.approx(run.data.metrics[name])


def test_a_familys_run_has_its_parameters_and_choices(children):
    assert children["lightgbm"].data.params["num_leaves"] == "16"
    assert children["lightgbm"].data.metrics["fold_rounds"] >= 1
    assert 0.001 <= children["logistic-regression"].data.metrics["fold_C"] <= 0.01
    assert all(run.data.tags["settings"] == FAMILIES[name].settings for name, run in children.items())


def test_csv_json_and_runs_have_the_same_figures(parent, children):
    folder = mlflow.artifacts.download_artifacts(f"runs:/{parent.info.run_id}/comparison.csv")
    frame = pd.read_csv(folder, index_col="family")
    as_json = json.loads(text(parent, "comparison.json"))

    assert tuple(frame.index) == COMPARED
    for name in COMPARED:
        assert frame.loc[name].to_dict() == pytest.approx(as_json[name])
        for figure in ("auc", "cost", "business_score", "auc_difference"):
            assert frame.loc[name, figure] == pytest.approx(children[name].data.metrics[figure])


def test_the_table_has_every_family_with_its_figures(compared, parent):
    table = text(parent, "comparison.md")

    for each in compared:
        assert FAMILIES[each.name].title in table
        assert f"{each.figures['auc']:.4f} ± {each.deviations['auc']:.4f}" in table


def test_the_plot_is_a_png(parent):
    path = mlflow.artifacts.download_artifacts(f"runs:/{parent.info.run_id}/plots/comparison.png")

    with open(path, "rb") as picture:
        assert picture.read(8) == b"\x89PNG\r\n\x1a\n"


def test_the_comparison_uses_the_training_clients(parent, narrow):
    (logged,) = parent.inputs.dataset_inputs

    assert json.loads(logged.dataset.profile)["num_rows"] == training_rows(narrow, Settings().holdout_percent).sum()
    assert parent.data.params["clients.compared"] == str(training_rows(narrow, Settings().holdout_percent).sum())


def test_the_dummy_has_no_value_and_the_others_have_some(compared):
    figures = {each.name: each.figures for each in compared}

    assert figures["dummy"]["auc"] == 0.5
    assert figures["dummy"]["business_score"] <= 1e-12
    for name in COMPARED[1:]:
        assert figures[name]["auc"] > 0.65
        assert figures[name]["business_score"] > 0


def test_the_run_names_the_best_family(compared, parent):
    assert parent.data.tags["best"] == best_of(compared).name != "dummy"


def directed(**directions: str) -> FeatureTable:
    """Clients whose risk rises and falls with age, and the direction that a description gives a field."""
    lender = lender_table(1_000)
    age = lender.frame["age"]
    risk = np.where((age > 35) & (age < 50), 0.6, 0.15)
    lender.frame["bad"] = (np.random.default_rng(5).random(1_000) < risk).astype(int)
    lineage = lender.lineage.model_copy(update={"directions": directions})
    return FeatureTable(lender.frame, lineage, lender.path)


def test_directions_hold_for_lightgbm_alone_and_it_is_said(capsys):
    settings = Settings(folds=2, bootstraps=100)
    said = "  the directions of age hold for lightgbm; other families learn freely\n"

    free, held = (
        {each.name: each.figures["auc"] for each in compare(table, settings, POLICY, ("xgboost", "lightgbm"))}
        for table in (directed(), directed(age="increasing"))
    )

    assert capsys.readouterr().out.count(said) == 1
    assert held["xgboost"] == free["xgboost"]
    assert held["lightgbm"] < free["lightgbm"] - 0.05


def test_without_directions_nothing_is_said_of_them(capsys):
    compare(directed(), Settings(folds=2, bootstraps=100), POLICY, ("dummy",))

    assert "directions" not in capsys.readouterr().out
