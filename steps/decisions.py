"""Decisions on record: show, list, export, a client's contest, a person's answer, erasure, deletion, their tables."""

import json
import os
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import ceil
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from tqdm import tqdm

from custom_model.databases import ErasurePending, dialect_of, display_url, driver_message
from custom_model.decision_log.contracts import OrderLost
from custom_model.decision_log.reader import NoLog, Records, window
from custom_model.decision_log.schema import decisions
from custom_model.decision_log.second_decisions import awaiting, none_since
from steps.run.console import UserError, counted, run
from steps.run.names import checked_path
from steps.run.printable import named, printable
from steps.run.project_run import is_project_run
from steps.stores.decision_export import export
from steps.stores.erasure import erase
from steps.stores.second_decisions import contest, in_a_line, in_full, override
from steps.traffic.log import log_url, period

MINIMUM_RETENTION = 184  # days: the EU's AI Act, article 26 (6), requires six months of logs
OWN = {"request": " of the request"}  # tells a decision by a request's own threshold from the policy's
MAXIMUM_RETENTION = 36_525  # days: a century


class Action(StrEnum):
    """What to do with the log."""

    show = "show"
    list = "list"
    export = "export"
    contest = "contest"
    override = "override"
    erase = "erase"
    delete = "delete"
    migrate = "migrate"


class Force(StrEnum):
    """A yes to what is refused, or asked about, otherwise."""

    no = "no"
    yes = "yes"


def show(records: Records, decision_id: str) -> None:
    """Print the record of a decision as JSON; raise `UserError` if there is no such decision."""
    if not decision_id:
        raise UserError("id: expected the decision_id of a decision, got nothing")
    record = records.find(decision_id)
    if record is None:
        raise UserError(f"id: no decision {decision_id} is on record")
    second = records.second_decisions([decision_id]).get(decision_id)
    whole = {name: _plain(value) for name, value in record.items()} | ({} if second is None else in_full(second))
    text = json.dumps(whole, indent=1)
    print(text.replace("\x7f", "\\u007f"))  # the one control character that JSON in ASCII leaves as it is


def list_latest(
    records: Records,
    client: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    only_waiting: bool = False,
) -> None:
    """Print the latest decisions, one per line, of one client or of all; `only_waiting` for a person's answer."""
    where = window(since, until)
    if client is not None:
        where = where & (decisions.c.client_id == client)
    if only_waiting:
        where = where & awaiting()
    rows = records.latest(where, limit)
    second = records.second_decisions([row["decision_id"] for row in rows])
    for row in rows:
        stands = f"  {in_a_line(second[row['decision_id']])}" if row["decision_id"] in second else ""
        model = row["model_name"] if row["model_version"] is None else f"{row['model_name']}/{row['model_version']}"
        print(
            f"{row['decided_at']:%Y-%m-%d %H:%M:%S}  {printable(row['decision_id'])}  {printable(row['decision']):8}  "
            f"{row['probability_of_default']:6.1%} "
            f"(threshold {row['threshold']:.1%}{OWN.get(row['threshold_source'], '')})  "
            f"{printable(model)}  client {named(row['client_id'])}{stands}"
        )
    awaited = " that a person has yet to answer" if only_waiting else ""
    print(f"  {len(rows):,} of {counted(records.count(where), 'decision')}{awaited}", file=sys.stderr)


def delete_old(records: Records, retention_days: int, forced: bool) -> int:
    """Delete older decisions; raise `UserError` for less than six months, unless forced. Return their number."""
    if retention_days < MINIMUM_RETENTION and not forced:
        raise UserError(
            f"retention_days: expected at least {MINIMUM_RETENTION}, since the law requires six months of logs, got "
            f"{retention_days}; --force yes overrides this"
        )
    cutoff, deleted = datetime.now(UTC) - timedelta(days=retention_days), 0
    total = records.count(window(until=cutoff) & none_since(cutoff))
    with tqdm(desc="  deleting", total=total, unit=" decisions", file=sys.stderr) as bar:
        for count in records.delete_before(cutoff):
            deleted += count
            bar.update(count)
    print(f"deleted {counted(deleted, 'decision')} from before {cutoff:%Y-%m-%d %H:%M} UTC")
    kept = records.count(window(until=cutoff))
    if kept:
        print(f"kept {counted(kept, 'decision')} from before, contested or answered by a person since")
    return deleted


def migrate(url: URL) -> None:
    """Create the log's tables, or migrate them to this version of the project."""
    before, now = Records.migrate(url)
    if before == now:
        print(f"{display_url(url)} has a decision log of revision {now} already")
    elif before is None:
        print(f"created the decision log in {display_url(url)}, revision {now}")
    else:
        print(f"migrated the decision log in {display_url(url)} from revision {before} to {now}")


def _room(url: URL, error: SQLAlchemyError) -> str:
    """What a full disk needs, empty for any other error."""
    dialect = dialect_of(url)
    if not isinstance(error, DBAPIError) or not dialect.is_full(error):
        return ""
    room = dialect.room_to_write(url)
    size = "some space" if room is None else f"{ceil(room / 1e6)} MB"
    return f". Free {size} on its disk, which a deletion needs, too, and run the command again: `delete` makes room"


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def main(
    action: Annotated[Action, typer.Argument(help="What to do with the log.")] = Action.list,
    id: Annotated[str, typer.Option(help="show, contest, override: decision_id of the decision.")] = "",
    client: Annotated[
        str | None, typer.Option(help="list, erase: id of the client; '' is one too, but not under `mlflow run`.")
    ] = None,
    since: Annotated[str, typer.Option(help="list, export: from this day or time on, UTC.")] = "",
    until: Annotated[str, typer.Option(help="list, export: before this day or time, UTC.")] = "",
    waiting: Annotated[Force, typer.Option(help="list: yes for those that a person has yet to answer.")] = Force.no,
    statement: Annotated[
        str, typer.Option(help="contest: the client's own view; - reads it from standard input.")
    ] = "",
    outcome: Annotated[str, typer.Option(help="override: what the person decides, granted or refused.")] = "",
    reason: Annotated[str, typer.Option(help="override: why; - reads it from standard input.")] = "",
    evidence: Annotated[
        str, typer.Option(help="override: what the person looked at besides the record; may be left out.")
    ] = "",
    most: Annotated[int, typer.Option(help="list: upper limit of lines.", min=1)] = 50,
    out: Annotated[Path, typer.Option(help="export: Parquet file to write.")] = Path("data/decisions.parquet"),
    retention_days: Annotated[
        int, typer.Option(help="delete: days to keep; older decisions are deleted.", min=0, max=MAXIMUM_RETENTION)
    ] = MINIMUM_RETENTION,
    force: Annotated[Force, typer.Option(help="delete: yes allows less than six months.")] = Force.no,
    yes: Annotated[bool, typer.Option("--yes", help="erase: without a question.")] = False,
    confirm: Annotated[Force, typer.Option(help="erase: yes is the same as --yes.")] = Force.no,
    log: Annotated[str, typer.Option(help="SQLAlchemy URL of the log; DECISION_LOG_URI if empty.")] = "",
) -> None:
    """Show, list, export, erase or delete decisions on record; migrate creates their tables or brings them up to date.

    contest puts a client's own view on record, override a person's answer to a referred or contested decision: beside
    the decision, which nothing changes.

    Put a URL with a password into DECISION_LOG_URI: `mlflow run` logs its parameters.

    Example: python -m steps.decisions list --client 100002
    """
    if is_project_run():
        client = client or None  # MLproject passes an empty text where none is given
    texts = {"client": client, "statement": statement, "reason": reason, "evidence": evidence}
    told = [f"`{name}`" for name, text in texts.items() if text]
    if told and "MLFLOW_RUN_ID" in os.environ:
        each = "a parameter" if len(told) == 1 else "parameters"
        print(
            f"  warning: MLflow logs {' and '.join(told)} as {each} of this run; `python -m steps.decisions` makes no "
            "run",
            file=sys.stderr,
        )
    first, last = period(since, until)
    url = log_url(log, is_new=action is Action.migrate)
    try:
        if action is Action.migrate:
            migrate(url)
            return
        with closing(Records.open(url)) as records:
            match action:
                case Action.show:
                    show(records, id)
                case Action.list:
                    list_latest(records, client, first, last, most, waiting is Force.yes)
                case Action.export:
                    exported = export(records, checked_path("out", out), first, last)
                    print(f"{counted(exported, 'decision')} in {out}")
                case Action.contest:
                    contest(records, id, statement)
                case Action.override:
                    override(records, id, outcome, reason, evidence)
                case Action.erase:
                    erase(records, client, yes or confirm is Force.yes)
                case Action.delete:
                    delete_old(records, retention_days, force is Force.yes)
    except ErasurePending as error:
        raise UserError(
            f"log: done, but not yet in the files of {display_url(url)}: {error.reason}; {action.value} again "
            f"{error.when}"
        ) from None
    except NoLog:
        raise UserError(
            f"log: {display_url(url)} has no decision log; `migrate` creates it, or a server with its first decision"
        ) from None
    except OrderLost as error:
        raise UserError(f"log: {display_url(url)}: {error}") from None
    except SQLAlchemyError as error:
        reason = f"{driver_message(error)}{_room(url, error)}"
        raise UserError(f"log: {display_url(url)} cannot be used as a decision log: {reason}") from None


if __name__ == "__main__":
    run(main)
