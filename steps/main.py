"""The whole path: raw tables, features, a trained model, its gate, a served decision."""

from typing import Annotated, Any

import pandas as pd
import requests
import typer

from custom_model.decisions import Decision
from steps.evaluate import evaluate
from steps.evaluation.on_holdout import Evaluation
from steps.features import SAMPLE, Engine, feature_table
from steps.promote import find_champion, promote
from steps.run.console import UserError, progress, run
from steps.run.serving import served
from steps.tables.feature_table import FeatureTable
from steps.tables.home_credit import ID, TARGET
from steps.tracking.runs import tracked_run
from steps.train import train
from steps.tune import tune

SERVE = "mlflow models serve -m {} --env-manager local --port 5001"
HARDENED = "python -m custom_model.server --model-uri {} --port 5001"
LOOK = "mlflow ui --port 5000"


def run_all(table: FeatureTable, model_name: str, trials: int = 0) -> bool:
    """Train, evaluate and promote, then serve the champion for one decision; return whether the gate opened."""
    with tracked_run("main"):
        print("Training")
        params = tune(table, trials).params if trials else ""
        trained = train(table, model_name, params)
        print("Evaluation")
        evaluation = evaluate(trained.uri, table)
        print("Promotion")
        promoted = promote(table, model_name, str(trained.version), judged=evaluation)
        if not promoted and find_champion(model_name) is None:
            raise UserError(f"the gate kept {trained.uri} out, and {model_name} has no champion to serve instead")
        print("Serving")
        champion = f"models:/{model_name}@champion"
        application = example_application(table, evaluation)
        with progress(f"starting mlflow models serve -m {champion}"), served(champion) as url:
            decision = post(url, application)
    print("\n" + describe(decision))
    print(f"\nServe it:  {SERVE.format(champion)}\nbehind limits:  {HARDENED.format(champion)}\nLook at it:  {LOOK}")
    return promoted


def example_application(table: FeatureTable, evaluation: Evaluation) -> dict[str, Any]:
    """The first held-out client whom the model refuses, or the first one, as a request has it."""
    refused = (evaluation.decisions["decision"] == "refused").to_numpy()
    held_out = table.frame.loc[evaluation.rows].drop(columns=table.lineage.target)
    (row,) = held_out.iloc[[int(refused.argmax())]].to_dict(orient="records")
    return {name: None if pd.isna(value) else value for name, value in row.items()}


def post(url: str, application: dict[str, Any]) -> Decision:
    """Ask a scoring server to decide about one application."""
    body = {"inputs": [application], "params": {"reasons": "all"}}
    answer = requests.post(f"{url}/invocations", json=body, timeout=60)
    if answer.status_code != 200:
        raise UserError(f"the server answered {answer.status_code}: {answer.text[:500]}")
    return answer.json()["predictions"][0]


def describe(decision: Decision) -> str:
    """A decision as a person would read it."""
    lines = [
        f"Client {decision['client_id']}: {decision['decision'].upper()}",
        f"  probability of default  {decision['probability_of_default']:.1%}, refused from "
        f"{decision['threshold']:.1%} on ({decision['threshold_source']})",
        f"  expected cost           {decision['expected_cost_granted']:.2f} if granted, "
        f"{decision['expected_cost_refused']:.2f} if refused",
        f"  decided by              {decision['model']}, decision {decision['decision_id']}",
        "  what raised the risk most",
        *(
            f"    {reason['contribution']:+.2f}  {reason['text']} [{reason['feature']}]"
            for reason in decision["reasons"]
        ),
    ]
    return "\n".join(lines)


def main(
    data: Annotated[str, typer.Option(help="'sample', a folder of Home Credit's tables, or a flat file.")] = SAMPLE,
    model_name: Annotated[str, typer.Option(help="Name of the registered model.")] = "credit-scoring",
    trials: Annotated[int, typer.Option(help="Trials of tune before training; 0: the defaults.", min=0)] = 0,
    target: Annotated[str, typer.Option(help="Column of a flat file: 1 for a default, 0 for none.")] = TARGET,
    id: Annotated[str, typer.Option(help="Column of a flat file that names the client.")] = ID,
    engine: Annotated[Engine, typer.Option(help="What builds the features.")] = Engine.duckdb,
) -> None:
    """Build features, train, evaluate, promote, serve, and print one decision.

    Example: python -m steps.main --data data/home-credit
    """
    print("Features")
    table = feature_table(data, target, id, engine)
    if not run_all(table, model_name, trials):
        print("\nThe gate kept the champion that was there: it, not the new version, decided above.")


if __name__ == "__main__":
    run(main)
