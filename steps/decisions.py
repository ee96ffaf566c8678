"""The decisions on record: find them again, hand them out, erase a client's fields, delete the old ones."""

import json
import os
import sys
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError
from tqdm import tqdm

from custom_model.databases import ErasurePending, display_url, driver_message
from custom_model.decision_log.reader import NoLog, Records, window
from custom_model.decision_log.schema import decisions
from custom_model.environment import Environment
from steps.run.console import UserError, progress, run
from steps.stores.decision_export import export

LEAST_RETENTION = 184  # days: the six months for which the EU's AI Act (article 26, 6) wants logs kept
LONGEST_RETENTION = 36_525  # days: a century


class Action(StrEnum):
    """What to do with the log."""

    show = "show"
    list = "list"
    export = "export"
    erase = "erase"
    delete = "delete"


class Forced(StrEnum):
    """Whether a retention of less than six months is meant."""

    no = "no"
    yes = "yes"


def show(records: Records, decision_id: str) -> None:
    """Print one decision as JSON, with all that is on record; raise `UserError` where there is none."""
    if not decision_id:
        raise UserError("id: expected the decision_id of a decision, got none")
    found = records.find(decision_id)
    if found is None:
        raise UserError(f"id: no decision {decision_id} is on record")
    print(json.dumps({name: _plain(value) for name, value in found.items()}, indent=1))


def list_latest(records: Records, client: str, since: datetime | None, until: datetime | None, most: int) -> None:
    """Print the newest decisions, one a line: all, or those about one client."""
    where = window(since, until)
    if client:
        where = where & (decisions.c.client_id == client)
    found = records.latest(where, most)
    for row in found:
        model = row["model_name"] if row["model_version"] is None else f"{row['model_name']}/{row['model_version']}"
        print(
            f"{row['decided_at']:%Y-%m-%d %H:%M:%S}  {row['decision_id']}  {row['decision']:7}  "
            f"{row['probability_of_default']:6.1%} (threshold {row['threshold']:.1%})  "
            f"{model}  client {row['client_id']}"
        )
    print(f"  {len(found):,} of {records.count(where):,} decisions", file=sys.stderr)


def erase(records: Records, client: str) -> int:
    """Erase a client's fields; decision, numbers and reasons stay. Return the number of decisions."""
    if not client:
        raise UserError("client: expected whose fields to erase, got none")
    with progress("erasing"):
        erased = records.erase(client)
    print(f"the fields of {erased:,} decisions were erased; the decisions and their numbers stay")
    return erased


def delete_old(records: Records, retention_days: int, forced: bool) -> int:
    """Delete what is older; raise `UserError` for less than six months, unless forced. Return the number."""
    if retention_days < LEAST_RETENTION and not forced:
        raise UserError(
            f"retention_days: expected at least {LEAST_RETENTION}, for the law wants logs kept for six months, got "
            f"{retention_days}; --force yes deletes nevertheless"
        )
    moment = datetime.now(UTC) - timedelta(days=retention_days)
    with tqdm(desc="  deleting", total=records.count(window(until=moment)), unit=" decisions", file=sys.stderr) as bar:
        for count in records.delete_before(moment):
            bar.update(count)
        deleted = bar.n
    print(f"{deleted:,} decisions from before {moment:%Y-%m-%d %H:%M} UTC were deleted")
    return deleted


def log_url(log: str) -> URL:
    """The log that is meant: the option's, else DECISION_LOG_URI; raise `UserError` where there is none."""
    variables = {"DECISION_LOG_URI": log or os.environ.get("DECISION_LOG_URI", "")}
    try:
        url = Environment.read(variables).decision_log_uri
    except ValueError as error:
        raise UserError(str(error).replace("DECISION_LOG_URI", "log") if log else str(error)) from None
    if url is None:
        raise UserError("log: expected the URL of a decision log there or in DECISION_LOG_URI, got none")
    if url.get_backend_name() == "sqlite" and not Path(url.database).exists():
        raise UserError(f"log: there is no file {url.database}")
    return url


def moment(name: str, given: str) -> datetime | None:
    """A day or a moment in ISO 8601, UTC unless it says otherwise; None for an empty one."""
    if not given:
        return None
    try:
        parsed = datetime.fromisoformat(given)
    except ValueError:
        raise UserError(
            f"{name}: expected a day as {date(2026, 1, 31)} or a moment in ISO 8601, got {given!r}"
        ) from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def main(
    action: Annotated[Action, typer.Argument(help="What to do.")] = Action.list,
    id: Annotated[str, typer.Option(help="show: the decision_id of a decision.")] = "",
    client: Annotated[str, typer.Option(help="list, erase: the client's id.")] = "",
    since: Annotated[str, typer.Option(help="list, export: from this day or moment on, UTC.")] = "",
    until: Annotated[str, typer.Option(help="list, export: before this day or moment, UTC.")] = "",
    most: Annotated[int, typer.Option(help="list: lines to print at most.", min=1)] = 50,
    out: Annotated[Path, typer.Option(help="export: the Parquet file to write.")] = Path("data/decisions.parquet"),
    retention_days: Annotated[
        int, typer.Option(help="delete: what is older goes.", min=0, max=LONGEST_RETENTION)
    ] = LEAST_RETENTION,
    force: Annotated[Forced, typer.Option(help="delete: yes for less than six months.")] = Forced.no,
    log: Annotated[str, typer.Option(help="SQLAlchemy URL of the log; DECISION_LOG_URI when empty.")] = "",
) -> None:
    """Show, list, export, erase or delete decisions on record.

    A URL with a password belongs into DECISION_LOG_URI: `mlflow run` logs its parameters. Example:
    python -m steps.decisions list --client 100002
    """
    if client and "MLFLOW_RUN_ID" in os.environ:
        print(
            "  WARNING: MLflow keeps `client` as a parameter of this run; `python -m steps.decisions` leaves no run",
            file=sys.stderr,
        )
    first, last = moment("since", since), moment("until", until)
    url = log_url(log)
    try:
        with closing(Records.open(url)) as records:
            match action:
                case Action.show:
                    show(records, id)
                case Action.list:
                    list_latest(records, client, first, last, most)
                case Action.export:
                    export(records, out, first, last)
                case Action.erase:
                    erase(records, client)
                case Action.delete:
                    delete_old(records, retention_days, force is Forced.yes)
    except ErasurePending:
        raise UserError(
            f"log: done, but another process reads {display_url(url)}, whose write-ahead file still has what is gone: "
            f"{action.value} again when that has ended"
        ) from None
    except NoLog:
        raise UserError(
            f"log: {display_url(url)} holds no decision log; a model's first decision on record makes it"
        ) from None
    except SQLAlchemyError as error:
        raise UserError(f"log: {display_url(url)} does not answer as a decision log: {driver_message(error)}") from None


if __name__ == "__main__":
    run(main)
