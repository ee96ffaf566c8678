"""The record of a training run, read back from the tracking store."""

import json
import statistics
import subprocess
from importlib.metadata import version
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient

from steps.run.policy import read_policy
from steps.run.settings import PROJECT, Settings
from steps.train import train
from steps.training.parameters import Parameters

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(champion):
    return MlflowClient().get_run(champion.run_id)


@pytest.fixture(scope="module")
def artifacts(champion, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("artifacts")
    return Path(mlflow.artifacts.download_artifacts(f"runs:/{champion.run_id}/", dst_path=str(folder)))


def test_run_names_its_data_with_a_digest(run):
    (logged,) = run.inputs.dataset_inputs

    assert logged.dataset.digest
    assert {tag.key: tag.value for tag in logged.tags}["mlflow.data.context"] == "training"
    assert json.loads(logged.dataset.profile)["num_rows"] < 2_500  # without the held-out clients


def test_run_names_its_commit(run):
    head = subprocess.run(["git", "-C", PROJECT, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)

    assert run.data.tags["mlflow.source.git.commit"] == head.stdout.strip()
    assert run.data.tags["git.changed"] in ("true", "false")


def test_run_names_its_environment(artifacts):
    environment = json.loads((artifacts / "environment.json").read_text())

    assert environment["packages"]["lightgbm"] == version("lightgbm")
    assert environment["python"].startswith("3.11")


def test_run_logs_every_parameter(run):
    assert {f"lightgbm.{name}" for name in Parameters.model_fields} <= set(run.data.params)
    assert run.data.params["lightgbm.rounds"] == "80"
    assert run.data.params["costs.false_negative"] == "10.0"


def test_run_logs_the_metrics_of_every_fold(champion, run):
    history = MlflowClient().get_metric_history(champion.run_id, "fold_auc")

    assert sorted(point.step for point in history) == list(range(Settings().folds))
    aucs = [point.value for point in history]
    assert all(0.5 < auc < 1 for auc in aucs)
    assert run.data.metrics["fold_auc_mean"] == pytest.approx(statistics.mean(aucs))
    assert run.data.metrics["fold_auc_std"] == pytest.approx(statistics.stdev(aucs))


def test_run_logs_the_threshold_the_empirical_optimum_and_both_costs(run, artifacts):
    metrics = run.data.metrics

    assert metrics["threshold_closed_form"] == pytest.approx(1 / 11)
    assert metrics["threshold_band_low"] <= metrics["threshold_empirical"] <= metrics["threshold_band_high"]
    assert metrics["cost_at_empirical"] <= metrics["cost_at_closed_form"]
    inside = metrics["threshold_band_low"] <= metrics["threshold_closed_form"] <= metrics["threshold_band_high"]
    assert json.loads((artifacts / "threshold.json").read_text())["agree"] is inside


def test_run_logs_how_many_refusals_can_be_explained_to_the_client(run, artifacts):
    metrics = run.data.metrics
    unworded = json.loads((artifacts / "features" / "without_wording.json").read_text())["features"]

    assert metrics["features_without_wording"] == len(unworded)
    assert metrics["refusals_explained"] > 0
    for share in ("refusals_without_reasons", "refusals_without_full_reasons", "refusals_without_main_reason"):
        assert 0 <= metrics[share] < 0.1, share  # the sample's refusals rest on what can be told


@pytest.mark.parametrize(
    "name",
    [
        "roc.png",
        "precision_recall.png",
        "calibration.png",
        "cost_by_threshold.png",
        "scores_by_outcome.png",
        "importance.png",
    ],
)
def test_run_logs_its_plots_as_images(artifacts, name):
    picture = (artifacts / "plots" / name).read_bytes()

    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(picture) > 5_000


def test_run_logs_the_lineage_of_its_features(artifacts, sample_folder, table):
    lineage = json.loads((artifacts / "features" / "lineage.json").read_text())

    assert set(lineage["sources"]) == {file.stem for file in sample_folder.glob("*.parquet")} - {"truth"}
    assert all(len(source["sha256"]) == 64 for source in lineage["sources"].values())
    assert lineage["history"] == list(table.lineage.history)


def test_training_again_gives_the_same_model(champion, table, quick):
    again = train(table, "twin", Settings(), read_policy(), quick)

    first, second = (mlflow.artifacts.load_text(f"{uri}/artifacts/booster.txt") for uri in (champion.uri, again.uri))
    assert first == second
    first, second = (mlflow.artifacts.load_text(f"{uri}/artifacts/scorecard.json") for uri in (champion.uri, again.uri))
    assert first == second
