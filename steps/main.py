"""The whole path: raw tables, features, a trained model, the gate, a served decision."""

from contextlib import ExitStack
from typing import Annotated, Any

import numpy as np
import pandas as pd
import requests
import typer

from custom_model.decisions import Decision
from steps.evaluate import evaluate
from steps.evaluation.in_subprocess import scorer
from steps.evaluation.on_holdout import Evaluation
from steps.features import SAMPLE, feature_table
from steps.gate.answers import started_ahead
from steps.promote import promote
from steps.registry.compatibility import check_same_lender
from steps.registry.names import champion_uri, chosen_model_name
from steps.registry.path_record import log_path
from steps.registry.readings import present_reading
from steps.registry.version_record import INPUTS
from steps.registry.versions import find_champion, find_equal, uri_of
from steps.run.console import UserError, progress, run
from steps.run.options import BuildEngine, Data, Default, Identity, Leaks, ModelName, Target
from steps.run.policy import Policy, read_policy
from steps.run.serving import StartingServer, giving_way, starting_server, stock_command
from steps.run.settings import Engine, LeaksTreatment, Settings
from steps.tables.feature_table import FeatureTable
from steps.tables.home_credit import ID, TARGET
from steps.tracking.runs import log_data, log_params, tracked_run
from steps.train import TrainedVersion, train
from steps.training.inputs import fingerprint
from steps.training.parameters import read_params
from steps.training.ranges import decidable
from steps.training.selection import MOST_FEATURES
from steps.tune import tune

SERVE_STOCK = "mlflow models serve -m {} --env-manager local --port 5001"
SERVE_HARDENED = "make serve NAME={}"
OPEN_UI = "mlflow ui --port 5000"


def run_all(table: FeatureTable, model_name: str, settings: Settings, policy: Policy, trials: int = 0) -> bool:
    """Train, evaluate and promote, then serve the champion for one decision; return whether the candidate passed."""
    with tracked_run("main", table.name, settings.tracking_uri) as path:
        log_params(**table.parameters, model_name=model_name, trials=trials)
        check_same_lender(table, model_name)
        log_data(table, np.ones(len(table.frame), bool), "whole path")
        print("Training")
        params = tune(table, settings, policy, trials).params if trials else ""
        with scorer() as score:  # it imports while the clients are read, which takes one core
            trained = _equal_version(table, model_name, settings, policy, params)
            trained = trained or train(table, model_name, settings, policy, params)
            # Both servers start meanwhile: most of an evaluation takes one core.
            stock = starting_server(giving_way(stock_command(trained.uri)))
            with stock as server, started_ahead(trained.uri) as ahead:
                print("Evaluation")
                evaluation = evaluate(trained.uri, table, settings, policy, score=score)
                print("Promotion")
                promoted = promote(table, model_name, settings, policy, str(trained.version), evaluation, ahead=ahead)
                log_path(path, model_name, trained.version, evaluation, promoted)
                print("Serving")
                decision = _served_decision(server, trained, example_application(table, evaluation))
    champion = champion_uri(model_name)
    print("\n" + decision_text(decision))
    print(f"\nServe it:  {SERVE_STOCK.format(champion)}\nor hardened:  {SERVE_HARDENED.format(model_name)}")
    print(f"Look at it:  {OPEN_UI}")
    return promoted


def _served_decision(server: StartingServer, trained: TrainedVersion, application: dict[str, Any]) -> Decision:
    """The champion's decision by `mlflow models serve`: the given server's, where its version is the champion."""
    champion = find_champion(trained.model_name)
    if champion is None:
        raise UserError(
            f"{trained.uri} did not pass the gate, and {trained.model_name} has no champion to serve instead: train on "
            "more clients or with better fields, or change `promotion` in policy.yaml, then run this again"
        )
    uri = uri_of(champion)
    with ExitStack() as stack, progress(f"waiting for mlflow models serve -m {uri}"):
        if uri != trained.uri:
            server.end()
            server = stack.enter_context(starting_server(stock_command(uri)))
        return post(server.url(), application)


def _equal_version(
    table: FeatureTable, model_name: str, settings: Settings, policy: Policy, params: str
) -> TrainedVersion | None:
    """The version that the same data, policy, parameters, code and packages gave before; None where none did."""
    inputs = fingerprint(table, read_params(params), policy, settings, MOST_FEATURES, boosters=1)
    version = find_equal(model_name, INPUTS, inputs)
    if version is None:
        return None
    print(
        f"  {model_name} version {version.version} has the same data, policy, parameters and code: it is not trained "
        "again (`-e train` does so)"
    )
    return TrainedVersion(model_name, int(version.version), str(version.run_id))


def example_application(table: FeatureTable, evaluation: Evaluation) -> dict[str, Any]:
    """A request: the first refused client of the holdout, or the first client if none is refused.

    Clients without a value that the contract requires are left out: a server does not decide about them.
    """
    evaluated = table.applications.loc[evaluation.rows]
    complete = np.ones(len(evaluated), bool)
    if evaluation.examination is not None:
        complete[evaluation.examination.incomplete] = False
    candidates = evaluation.refused & complete if (evaluation.refused & complete).any() else complete
    (row,) = evaluated.iloc[[int(candidates.argmax())]].to_dict(orient="records")
    return {name: None if pd.isna(value) else value for name, value in row.items()}


def post(url: str, application: dict[str, Any]) -> Decision:
    """The decision of a scoring server about one application."""
    body = {"inputs": [application], "params": {"reasons": "all"}}
    response = requests.post(f"{url}/invocations", json=body, timeout=60)
    if response.status_code != 200:
        raise UserError(f"the server answered {response.status_code}: {response.text[:500]}")
    return response.json()["predictions"][0]


def decision_text(decision: Decision) -> str:
    """A decision as text for the console."""
    lines = [
        f"Client {decision['client_id']}: {decision['decision'].upper()}",
        f"  probability of default  {decision['probability_of_default']:.1%}, refused from "
        f"{decision['threshold']:.1%} on ({decision['threshold_source']})",
        f"  expected cost           {decision['expected_cost_granted']:.2f} if granted, "
        f"{decision['expected_cost_refused']:.2f} if refused",
        *([f"  score                   {decision['score']} points"] if "score" in decision else []),
        f"  decided by              {decision['model']}, decision {decision['decision_id']}",
        *_findings(decision),
        "  what raised the risk most",
        *(
            f"    {reason['contribution']:+.2f}  {reason['text']} [{reason['feature']}]"
            for reason in decision["reasons"]
        ),
    ]
    return "\n".join(lines)


def _findings(decision: Decision) -> list[str]:
    """What the application lacked, what was unusual in it, and the rules that decided; no lines where there is none."""
    findings = {"missing": decision["missing"], "unusual": decision["unusual"], "by rule": decision["policy_rules"]}
    return [f"  {name:23} {', '.join(names)}" for name, names in findings.items() if names]


def main(
    data: Data = SAMPLE,
    model_name: ModelName = "",
    trials: Annotated[int, typer.Option(help="Trials of tune before training; 0: train the defaults.", min=0)] = 0,
    target: Target = TARGET,
    id: Identity = ID,
    default: Default = "",
    leaks: Leaks = LeaksTreatment.described,
    engine: BuildEngine = Engine.duckdb,
) -> None:
    """Build features, train, evaluate, promote, serve, and print one decision.

    Example: python -m steps.main --data data/home-credit
    """
    model_name = chosen_model_name(model_name, data)
    print("Features")
    settings, policy = Settings(), read_policy()
    known = present_reading(model_name, data, settings)
    table = decidable(feature_table(data, target, id, engine, settings, default, leaks, known), policy)
    if not run_all(table, model_name, settings, policy, trials):
        print("\nThe new version did not pass the gate: the decision above is the present champion's.")


if __name__ == "__main__":
    run(main)
