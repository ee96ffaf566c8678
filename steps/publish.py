"""Publish the history of all clients to the store from which served models complete a request."""

import sys
import time
from collections.abc import Iterator
from typing import Annotated

import mlflow
import pyarrow as pa
import typer
from sqlalchemy import URL
from tqdm import tqdm

from custom_model.databases import display_url
from custom_model.environment import Environment
from custom_model.history.store import is_supported
from steps.features import SAMPLE
from steps.run.console import UserError, run
from steps.run.settings import Settings
from steps.stores.client_history import ClientHistory, client_history
from steps.stores.publication import Published, publish_set
from steps.tables.engines import Engine
from steps.tracking.runs import tracked_run


def publish(data: str, store: str = "", engine: Engine = Engine.duckdb) -> Published:
    """Write the history features of `data` to the store as one set, and show it in place of the one before.

    The run has the set's version and digest, and the lineage of its features.
    """
    url = _url(store or Settings().history_store)
    with client_history(data, engine) as history, tracked_run("publish"):
        start = time.perf_counter()
        published = publish_set(url, history.columns, _shown(history))
        mlflow.log_metrics({"clients": published.clients, "seconds": time.perf_counter() - start})
        mlflow.set_tags({"history.version": published.version, "history.digest": published.digest})
        mlflow.log_dict(history.lineage.model_dump(mode="json"), "features/lineage.json")
    print(f"history set {published.version}: {published.clients:,} clients, {len(history.columns)} fields")
    print(f"  read by models that are served with HISTORY_STORE_URI={display_url(url)}")
    return published


def _url(store: str) -> URL:
    try:
        url = Environment.read({"HISTORY_STORE_URI": store}).history_store_uri
    except ValueError as error:
        raise UserError(str(error).replace("HISTORY_STORE_URI", "store")) from None
    if not is_supported(url):
        raise UserError(f"store: expected a URL of SQLite or PostgreSQL, got {url.get_backend_name()}")
    return url


def _shown(history: ClientHistory) -> Iterator[pa.RecordBatch]:
    with tqdm(total=history.clients, desc="  publishing", unit=" clients", unit_scale=True) as bar:
        for batch in history.batches:
            yield batch
            bar.update(len(batch))


def main(
    data: Annotated[str, typer.Option(help="'sample', a folder of Home Credit's tables, or a feature table.")] = SAMPLE,
    store: Annotated[str, typer.Option(help="URL of the store; HISTORY_STORE_URI, or data/history.db, if empty.")] = "",
    engine: Annotated[Engine, typer.Option(help="What builds the features.")] = Engine.duckdb,
) -> None:
    """Publish the history of all clients, so that served models complete requests from it.

    Example: HISTORY_STORE_URI=postgresql://lender@db/credit python -m steps.publish --data data/home-credit
    """
    if store and _url(store).password is not None:
        print(
            "  WARNING: `store` has a password: MLflow logs parameters. Use HISTORY_STORE_URI instead", file=sys.stderr
        )
    publish(data, store, engine)


if __name__ == "__main__":
    run(main)
