"""The record of the whole path in its own run: the version's figures, and in three lines what came out."""

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Run

from steps.evaluation.on_holdout import Evaluation
from steps.registry.version_record import held_out_facts, version_link
from steps.registry.versions import find_champion, find_version
from steps.run.project_run import run_link
from steps.tracking.mlflow_internals import PARENT_TAG
from steps.tracking.runs import describe_run

OUT_OF_FOLD = "oof_"


def log_path(path: Run, model_name: str, version: int, evaluation: Evaluation, promoted: bool) -> None:
    """Log in the active run `path` the figures of the version, the gate's result, and the description, with links."""
    found = find_version(model_name, str(version))
    training_run = str(found.run_id)
    trained = MlflowClient().get_run(training_run).data.metrics
    quality = evaluation.quality
    ends = {f"holdout_{name}_{end}": value for name, pair in quality.intervals.items()
            for end, value in zip(("low", "high"), pair, strict=True)}  # fmt: skip
    mlflow.log_metrics(
        {
            **{name: value for name, value in trained.items() if name.startswith(OUT_OF_FOLD)},
            **{f"holdout_{name}": value for name, value in quality.figures.items()},
            **ends,
            "champion": int(promoted),
        }
    )
    tags = {**found.tags, **held_out_facts(evaluation)}
    mlflow.set_tags({"model": f"{model_name}/{version}", **({"gate": tags["gate"]} if "gate" in tags else {})})
    champion = find_champion(model_name)
    serves = version_link(model_name, champion.version) if champion else "none"
    describe_run(
        f"{version_link(model_name, version)}, trained on {tags['data']}: AUC {tags['oof_auc']} "
        f"({tags['oof_auc_95']}) out of fold on {int(tags['clients']):,} clients, {tags['holdout_auc']} "
        f"({tags['holdout_auc_95']}) on {int(tags['holdout_clients']):,} held-out clients.\n\n"
        f"It refuses {float(tags['holdout_refused']):.1%} of the held-out clients, from a probability of default of "
        f"{tags['threshold']} on: {tags['holdout_cost']} a decision, business score {tags['holdout_business_score']} "
        f"({tags['holdout_business_score_95']}).\n\n"
        f"Gate: {tags.get('gate', 'not asked')}; champion: {serves}. Runs: {_child_links(path, training_run)}."
    )


def _child_links(path: Run, training_run: str) -> str:
    """Links to the runs nested in the path's, and to the training if it was an earlier one."""
    client = MlflowClient()
    children = client.search_runs(
        [path.info.experiment_id],
        f"tags.`{PARENT_TAG}` = '{path.info.run_id}'",
        order_by=["attributes.start_time ASC"],
    )
    training = [] if any(run.info.run_id == training_run for run in children) else [client.get_run(training_run)]
    return ", ".join(run_link(run, run.info.run_name) for run in [*training, *children])
