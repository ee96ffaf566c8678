"""Publish the history of all clients to the store of the served models."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import mlflow
import pyarrow as pa
import typer
from sqlalchemy import URL
from tqdm import tqdm

from custom_model.databases import display_url, has_secret
from custom_model.environment import Environment
from custom_model.history.sets import is_database
from steps.features import SAMPLE, sample_folder
from steps.run.console import UserError, counted, run
from steps.run.names import without_login
from steps.run.options import BuildEngine
from steps.run.settings import Engine, Settings
from steps.stores.client_history import ClientHistory, client_history
from steps.stores.publication import Published, publish_set
from steps.tracking.runs import tracked_run


def publish(data: str, settings: Settings, store: str = "", engine: Engine = Engine.duckdb) -> Published:
    """Write the history features of `data` to the store as one set, in place of the previous one.

    The run records version and digest of the set, and the lineage of its features. Raise `UserError` where the data
    has no history or the store cannot be written.
    """
    path = sample_folder(settings) if data == SAMPLE else Path(data)
    if not path.exists():
        without_login("data", data)
    url = _url(store or settings.history_store)
    with (
        client_history(path, engine, settings) as history,
        tracked_run("publish", path.resolve().stem, settings.tracking_uri),
    ):
        start = time.perf_counter()
        published = publish_set(url, history.columns, _with_progress(history))
        mlflow.log_metrics({"clients": published.clients, "seconds": time.perf_counter() - start})
        mlflow.set_tags({"history.version": published.version, "history.digest": published.digest})
        mlflow.log_dict(history.lineage.model_dump(mode="json"), "features/lineage.json")
    print(f"history set {published.version}: {counted(published.clients, 'client')}, {len(history.columns)} fields")
    print(f"  models served with HISTORY_STORE_URI={display_url(url)} read it")
    return published


def _url(store: str) -> URL:
    try:
        url = Environment.read({"HISTORY_STORE_URI": store}).history_store_uri
    except ValueError as error:
        raise UserError(str(error).replace("HISTORY_STORE_URI", "store")) from None
    if url is None or not is_database(url):
        raise UserError(f"store: expected a URL of SQLite or PostgreSQL, got {url and url.get_backend_name()}")
    return url


def _with_progress(history: ClientHistory) -> Iterator[pa.RecordBatch]:
    with tqdm(total=history.clients, desc="  publishing", unit=" clients", unit_scale=True) as bar:
        for batch in history.batches:
            yield batch
            bar.update(len(batch))


def main(
    data: Annotated[str, typer.Option(help="'sample', a folder of Home Credit's tables, or a feature table.")] = SAMPLE,
    store: Annotated[str, typer.Option(help="URL of the store; if empty, HISTORY_STORE_URI or data/history.db.")] = "",
    engine: BuildEngine = Engine.duckdb,
) -> None:
    """Publish the history of all clients, so that served models complete requests from it.

    Example: HISTORY_STORE_URI=postgresql://lender@db/credit python -m steps.publish --data data/home-credit
    """
    if store and has_secret(_url(store)):
        print(
            "  warning: `store` has a password, and MLflow logs parameters. Use HISTORY_STORE_URI instead",
            file=sys.stderr,
        )
    publish(data, Settings(), store, engine)


if __name__ == "__main__":
    run(main)
