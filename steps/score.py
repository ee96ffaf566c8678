"""Decide about a portfolio: many applications at once, into a Parquet file."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Annotated

import mlflow
import typer

from custom_model.unavailable import unavailable
from steps.description.building import Known
from steps.features import SAMPLE
from steps.portfolio.journal import Scoring, folder_of, made_by, removed_unless_begun, taken
from steps.portfolio.log import check_log
from steps.portfolio.on_spark import on_spark
from steps.portfolio.reading import read_portfolio
from steps.portfolio.scoring import decide_portfolio, in_processes
from steps.portfolio.stores import check_shared, digest_of_stores
from steps.portfolio.totals import Totals
from steps.registry.readings import is_plain, recorded_reading
from steps.registry.versions import named_version, uri_of
from steps.run.console import UserError, counted, run
from steps.run.first_use import one_at_a_time
from steps.run.mlflow_errors import UNREADABLE
from steps.run.names import checked_path, checked_uri, without_login
from steps.run.options import BuildEngine, Data, Identity, Truth
from steps.run.settings import Engine, Settings
from steps.tables.home_credit import ID
from steps.tracking.runs import describe_run, log_params, rename_run, tracked_run
from steps.traffic.deciding import Contract, contract_in

if TYPE_CHECKING:
    from mlflow.models.model import ModelInfo

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


def score(model_uri: str, request: Request, settings: Settings) -> Totals:
    """Decide about a portfolio by a model, unless it is decided already; a run in MLflow has the counts."""
    stores = digest_of_stores(request.record)
    if request.record:
        check_log()
    if request.engine is Engine.spark and not settings.spark_master.startswith("local"):
        check_shared(request.record)
    with tracked_run("score", model_uri.removeprefix("models:/"), settings.tracking_uri):
        version = named_version(model_uri)
        uri = model_uri if version is None else uri_of(version)
        rename_run(f"score {Path(request.data).stem} {uri.removeprefix('models:/')}")
        log_params(data=request.data, model_uri=uri, reasons=request.reasons.value, record=request.record)
        mlflow.set_tag("model", uri.removeprefix("models:/"))
        info, contract = _model(uri)
        known = recorded_reading(uri, info.run_id) if is_plain(request.data) else None
        asked = partial(
            Scoring,
            model=uri,
            logged=info.model_uuid,
            stores=stores,
            reasons=request.reasons.value,
            record=request.record,
        )
        request.out.parent.mkdir(parents=True, exist_ok=True)
        with one_at_a_time(request.out), removed_unless_begun(folder_of(request.out)):
            totals = _decided(uri, request, asked, contract, known, settings)
        mlflow.log_metrics(_metrics(totals))
        sentence = _in_words(totals)
        describe_run(f"`{uri}` {sentence}")
    print(f"  {uri} {sentence}")
    if totals.history.keys() - {"none"}:
        sources = {"request": "from the data", "store": "from the history store", "none": "none"}
        print(f"  past loans: {', '.join(f'{count:,} {sources[each]}' for each, count in totals.history.items())}")
    _print_problems(totals)
    print(f"  the decisions: {request.out}")
    return totals


def _model(uri: str) -> tuple["ModelInfo", Contract]:
    """The model's MLmodel and its contract; raise `UserError` where it is none of this project."""
    try:
        info = mlflow.models.get_model_info(uri)
    except UNREADABLE as error:
        raise UserError(f"model_uri: {unavailable(uri, error)}") from None
    contract = contract_in(info)
    if not contract:
        raise UserError(f"model_uri: {uri} is no model of this project: it has no contract")
    return info, contract


def _decided(
    uri: str,
    request: Request,
    asked: Callable[..., Scoring],
    contract: Contract,
    known: Known | None,
    settings: Settings,
) -> Totals:
    """What the decisions add up to: those made now, or those of the same scoring that are there already."""
    there = made_by(request.out)
    if request.out.exists() and (there is None or there[0] != asked(data=there[0].data)):
        raise taken(request.out)  # before minutes of reading
    folder = folder_of(request.out)
    portfolio = read_portfolio(request.data, request.identity, folder, settings, known, request.engine)
    scoring = asked(data=portfolio.digest)
    if there is not None and there[0] != scoring:
        raise taken(request.out)
    if there is not None:
        rmtree(folder, ignore_errors=True)
        print(f"  {request.out} has the decisions of {uri} on this data already: nothing is decided again")
        return there[1]
    if not portfolio.rows:
        raise UserError(f"data: expected a row for each application, found none in {request.data}")
    decide = on_spark(uri, settings) if request.engine is Engine.spark else in_processes(uri, settings.cores)
    return decide_portfolio(portfolio, scoring, contract, request.out, settings.cores, decide)


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
    out: Annotated[Path, typer.Option(help="Parquet file for the decisions.")] = Path("data/portfolio.parquet"),
    model_uri: Annotated[str, typer.Option(help="Any MLflow model URI.")] = "models:/credit-scoring@champion",
    reasons: Annotated[
        Reasons,
        typer.Option(help="Decisions to explain; one that is explained takes many times as long."),
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
    without_login("data", data)
    checked_path("out", out)
    if not out.name or out.is_dir():
        raise UserError("out: expected the path of a Parquet file, got that of a folder")
    score(model_uri, Request(data, out, id, reasons, record is Truth.true, engine), Settings())


if __name__ == "__main__":
    run(main)
