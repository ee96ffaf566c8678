"""Decide about a portfolio: many applications at once, into a Parquet file."""

import os
import shutil
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import mlflow
import typer

from steps.features import SAMPLE
from steps.portfolio.journal import Scoring, folder_of, is_of
from steps.portfolio.on_spark import on_spark
from steps.portfolio.reading import read_portfolio
from steps.portfolio.scoring import decide_portfolio, in_processes
from steps.portfolio.totals import Totals
from steps.registry.readings import reading_of
from steps.registry.versions import named_version, uri_of
from steps.run.console import UserError, counted, run
from steps.run.first_use import one_at_a_time
from steps.run.names import checked_uri
from steps.run.options import BuildEngine, Data, Identity, Truth
from steps.run.settings import Engine, Settings
from steps.tables.home_credit import ID
from steps.tracking.runs import describe_run, log_params, rename_run, tracked_run
from steps.traffic.deciding import contract_of

LOG = "DECISION_LOG_URI"
LISTED = 5  # kinds of problems that are printed


class Reasons(StrEnum):
    """Decisions to explain."""

    refused = "refused"
    all = "all"
    none = "none"


@dataclass(frozen=True)
class Request:
    """What is asked of a scoring: its data, its output, the decisions to explain, and whether they go on record."""

    data: str
    out: Path
    identity: str = ID
    reasons: Reasons = Reasons.refused
    record: bool = False
    engine: Engine = Engine.duckdb


def score(model_uri: str, request: Request, settings: Settings) -> Totals | None:
    """Decide about a portfolio by a model; None where it is decided already. A run in MLflow has the counts."""
    if request.record and not os.environ.get(LOG):
        raise UserError(f"record: expected {LOG} with the URL of the decision log, found none")
    with tracked_run("score", model_uri.removeprefix("models:/"), settings.tracking_uri):
        version = named_version(model_uri)
        uri = model_uri if version is None else uri_of(version)
        rename_run(f"score {Path(request.data).stem} {uri.removeprefix('models:/')}")
        log_params(data=request.data, model_uri=uri, reasons=request.reasons.value, record=request.record)
        mlflow.set_tag("model", uri.removeprefix("models:/"))
        contract = contract_of(uri)
        if not contract:
            raise UserError(f"model_uri: {uri} is no model of this project, or cannot be read: it has no contract")
        known = reading_of(uri, request.data, settings)
        request.out.parent.mkdir(parents=True, exist_ok=True)
        with one_at_a_time(request.out):
            folder = folder_of(request.out)
            portfolio = read_portfolio(request.data, request.identity, folder, settings, known, request.engine)
            scoring = Scoring(model=uri, data=portfolio.digest, reasons=request.reasons.value, record=request.record)
            if is_of(request.out, scoring):
                shutil.rmtree(folder, ignore_errors=True)
                print(f"  {request.out} has the decisions of {uri} on this data already: nothing is decided again")
                return None
            _check_free(request.out)
            decide = on_spark(uri, settings) if request.engine is Engine.spark else in_processes(uri, settings.cores)
            totals = decide_portfolio(portfolio, scoring, contract, request.out, settings.cores, decide)
        mlflow.log_metrics(_metrics(totals))
        sentence = _in_words(totals)
        describe_run(f"`{uri}` {sentence}")
    print(f"  {uri} {sentence}")
    _print_problems(totals)
    print(f"  the decisions: {request.out}")
    return totals


def _check_free(out: Path) -> None:
    if out.exists():
        raise UserError(f"out: {out} is there already, of another scoring: name another file, or remove it")


def _metrics(totals: Totals) -> dict[str, float]:
    counts = {name: float(getattr(totals, name)) for name in ("granted", "refused", "referred", "undecided")}
    if not totals.decided:
        return counts
    return {
        **counts,
        "approval_rate": totals.granted / totals.decided,
        "mean_probability": totals.probability / totals.decided,
    }


def _in_words(totals: Totals) -> str:
    if not totals.decided:
        return f"decided none of {counted(totals.rows, 'application')}"
    referred = f", {totals.referred:,} referred to a person" if totals.referred else ""
    undecided = f"; {counted(totals.undecided, 'application')} without a decision" if totals.undecided else ""
    return (
        f"decided {counted(totals.decided, 'application')}: {totals.granted:,} granted "
        f"({totals.granted / totals.decided:.1%}), {totals.refused:,} refused{referred}; mean probability of default "
        f"{totals.probability / totals.decided:.1%}{undecided}"
    )


def _print_problems(totals: Totals) -> None:
    problems = sorted(totals.problems.items(), key=lambda each: -each[1])
    for problem, count in problems[:LISTED]:
        print(f"    {count:,}: {problem}")
    if len(problems) > LISTED:
        print(f"    and {counted(len(problems) - LISTED, 'other kind')} of problems, in the column problems")


def main(
    data: Data = SAMPLE,
    out: Annotated[Path, typer.Option(help="Parquet file for the decisions.")] = Path("data/decisions.parquet"),
    model_uri: Annotated[str, typer.Option(help="Any MLflow model URI.")] = "models:/credit-scoring@champion",
    reasons: Annotated[
        Reasons, typer.Option(help="Decisions to explain; an explanation takes a hundred times as long as a score.")
    ] = Reasons.refused,
    record: Annotated[
        Truth, typer.Option(help="true: put the decisions on record, in the log of DECISION_LOG_URI.")
    ] = Truth.false,
    id: Identity = ID,
    engine: BuildEngine = Engine.duckdb,
) -> None:
    """Decide about a portfolio: the endpoint's decisions, as columns of a Parquet file.

    A row that breaks the contract has no decision and says why in `problems`. Clients without past loans in the data
    have them from the history store of HISTORY_STORE_URI, where there is one. A scoring that was ended goes on where
    it ended when it is started again, and puts nothing on record twice.

    Example: python -m steps.score --data data/home-credit --out decisions.parquet
    """
    checked_uri("model_uri", model_uri)
    score(model_uri, Request(data, out, id, reasons, record is Truth.true, engine), Settings())


if __name__ == "__main__":
    run(main)
