"""The report of a real evaluation: its files in the run, the champion on the same clients, links from the version."""

import json
import re
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from reference.pictures import CHROMIUM, REPORT_SHOTS, take
from steps.evaluate import evaluate
from steps.run.policy import Policy
from steps.run.settings import Settings
from steps.tables.feature_table import FeatureTable
from steps.train import TrainedVersion, train
from tests.crowned import crowned
from tests.unit.steps.lender import POLICY, lender_table

pytestmark = pytest.mark.slow

OTHER = '{"rounds": 60, "patience": 60, "learning_rate": 0.1, "num_leaves": 6}'


@pytest.fixture(scope="module")
def challenger(table: FeatureTable, quick: str, policy: Policy) -> TrainedVersion:
    """A second version beside a champion."""
    crowned("reported", train(table, "reported", Settings(), policy, quick))
    return train(table, "reported", Settings(), policy, OTHER)


@pytest.fixture(scope="module")
def run(table: FeatureTable, challenger: TrainedVersion, policy: Policy) -> Run:
    """The run of its evaluation, with the price of leaving attributes out."""
    evaluate(challenger.uri, table, Settings(), policy, fairness_price=True)
    return evaluation_of(challenger.uri)


@pytest.fixture(scope="module")
def document(run: Run) -> dict:
    return mlflow.artifacts.load_dict(f"runs:/{run.info.run_id}/report.json")


def evaluation_of(uri: str) -> Run:
    client = MlflowClient()
    experiment = client.get_experiment_by_name("credit-scoring").experiment_id
    return client.search_runs([experiment], f"tags.step = 'evaluate' and params.model_uri = '{uri}'")[0]


def test_page_json_documentation_and_plots_are_artifacts_of_the_run(run):
    files = {file.path for file in MlflowClient().list_artifacts(run.info.run_id)}
    plots = {Path(file.path).name for file in MlflowClient().list_artifacts(run.info.run_id, "plots")}

    assert {"report.html", "report.json", "model_card.md"} <= files
    assert "The report is `report.html` among the artifacts." in run.data.tags["mlflow.note.content"]
    assert {"roc.png", "calibration.png", "beeswarm.png", "dependence_10.png", "refusals_by_group.png"} <= plots
    page = mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/report.html")
    assert "http:" not in page
    assert "https:" not in page
    assert page.count("<img ") == len(plots) - 1  # precision and recall are a plot of the run alone


def test_the_pictures_of_the_documents_can_be_taken(run, tmp_path):
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium: Debian's package chromium")

    take(mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/report.html"), REPORT_SHOTS, tmp_path)

    sizes = {file.name: file.stat().st_size for file in tmp_path.glob("*.png")}
    assert set(sizes) == {"report-desktop.png", "report-phone.png", "report-print.png"}
    assert min(sizes.values()) > 10_000  # a blank one has less


def test_the_metrics_keep_their_names_and_are_the_figures_of_the_report(run, document):
    figures = document["discrimination"]["figures"]

    for name in ("auc", "gini", "ks", "cost", "business_score", "average_precision", "refusal_rate"):
        assert run.data.metrics[f"holdout_{name}"] == pytest.approx(figures[name]["value"])
    assert run.data.metrics["holdout_calibration_error"] == pytest.approx(document["calibration"]["error"])
    assert {"holdout_referral_rate", "holdout_incomplete", "holdout_omission_worst"} <= set(run.data.metrics)


def test_the_champion_is_compared_on_the_same_clients(run, document):
    champion = document["champion"]

    assert champion["champion"] == "reported/1"
    assert champion["clients"] == document["facts"]["clients"]
    assert champion["cost"]["low"] <= champion["cost"]["value"] <= champion["cost"]["high"]
    difference = run.data.metrics["holdout_cost"] - champion["champion_cost"]
    assert champion["cost"]["value"] == pytest.approx(difference)
    assert champion["auc"]["value"] == pytest.approx(run.data.metrics["holdout_auc"] - champion["champion_auc"])


def test_drivers_stability_segments_and_fairness_are_of_the_model_itself(document, table):
    assert document["drivers"]["clients"] == document["facts"]["clients"]
    assert sum(each["share"] for each in document["drivers"]["drivers"]) <= 1
    assert document["stability"]["score"]["index"] < 0.25
    assert document["stability"]["features"]["training_clients"] == len(table.frame) - document["facts"]["clients"]
    assert document["stability"]["changes"]["fields"][0]["flipped"]
    assert {"contract type", "region", "size of the loan"} <= {
        each["segment"] for each in document["segments"]["segments"]
    }
    attributes = {re.search(r"\[(.+)\]", each["attribute"])[1]: each for each in document["fairness"]["attributes"]}
    assert attributes["DAYS_BIRTH"]["is_used"] is True
    assert len(document["fairness"]["pairs"]) >= 1


def test_the_price_of_leaving_age_out_is_paired_with_the_same_refit(document):
    refits = {tuple(each["left_out"]): each for each in document["price"]["refits"]}

    age = refits[("DAYS_BIRTH",)]
    assert age["features"] < document["price"]["features"]
    assert age["auc"]["low"] <= age["auc"]["value"] <= age["auc"]["high"]
    with_age, without_age = age["ratios"]["DAYS_BIRTH"]
    assert 0 <= with_age <= 1
    assert 0 <= without_age <= 1


def test_no_client_is_in_the_report(run, table):
    identities = set(table.frame[table.lineage.id].astype(str))

    for name in ("report.html", "report.json", "model_card.md"):
        text = mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/{name}")
        text = re.sub(r"base64,[^\"]+|[0-9a-f]{32,64}", "", text)
        assert not identities & set(re.findall(r"(?<![\d.])\d{6}(?![\d.])", text))


def test_the_version_links_to_its_report_and_has_its_documentation(run, challenger):
    version = MlflowClient().get_model_version("reported", str(challenger.version))

    assert version.tags["report"] == run.info.run_id
    assert f"/runs/{run.info.run_id}/artifacts/report.html)" in version.description
    assert "### Monitoring plan" in version.description
    assert version.description.startswith(f"Data {version.tags['data']} ")
    assert len(version.description) <= 5_000


def test_the_champion_itself_is_compared_with_none(table, policy, challenger):
    evaluate("models:/reported/1", table, Settings(), policy)

    run = evaluation_of("models:/reported/1")
    document = json.loads(mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/report.json"))
    assert document["champion"] == {"left_out": "This version is the champion."}
    assert document["price"]["left_out"].startswith("The price of leaving an attribute out was not measured")


def test_another_lenders_report_says_what_its_data_lacks(policy, tmp_path):
    table = lender_table(clients=3_000)
    segmented = POLICY.model_copy(update={"segments": policy.segments})
    trained = train(table, "reported-lender", Settings(), segmented, '{"rounds": 20, "patience": 20}')

    evaluate(trained.uri, table, Settings(), segmented)

    document = mlflow.artifacts.load_dict(f"runs:/{evaluation_of(trained.uri).info.run_id}/report.json")
    assert document["segments"]["lacking"] == [
        "contract type (NAME_CONTRACT_TYPE)",
        "region (REGION_RATING_CLIENT)",
        "size of the loan (AMT_CREDIT)",
    ]
    assert {each["segment"] for each in document["segments"]["segments"]} == {"client"}
    assert document["champion"] == {"left_out": "There is no champion to compare with."}
