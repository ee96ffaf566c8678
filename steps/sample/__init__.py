"""A generated sample of Home Credit's seven tables, with the true probability of default of each client.

Columns, types, categories, sentinels and missing rates are Kaggle's; no row of the real data is in it. A client has as
many rows of history as a labelled one there. So 307,511 clients have 0.81 to 0.89 of the rows of the full files, which
cover 48,744 unlabelled clients too; and 0.56 of bureau_balance, where those have more and some rows have no client.
"""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.special import expit

from steps.run.atomic import atomic_write
from steps.run.console import UserError, progress
from steps.sample import truth
from steps.sample.application import draw_application
from steps.sample.bureau import draw_bureau
from steps.sample.bureau_balance import draw_bureau_balance
from steps.sample.card import draw_card
from steps.sample.clients import draw_clients
from steps.sample.draws import figures, table
from steps.sample.instalments import draw_instalments
from steps.sample.pos import draw_pos
from steps.sample.previous import draw_previous

TABLES = (
    "bureau",
    "bureau_balance",
    "previous_application",
    "POS_CASH_balance",
    "installments_payments",
    "credit_card_balance",
    "application_train",
    "truth",
)
"""The tables in the order of their draws: the application after the histories that its TARGET depends on."""
LARGE = 50_000
"""Number of clients from which on writing is slow enough to report each table."""


def write_sample(folder: Path, clients: int = 10_000, seed: int = 0) -> None:
    """Write the seven tables as Parquet, under Kaggle's names, and `truth.parquet` next to them.

    The same clients and seed give the same values. Tables are drawn, written and released one after the other; each
    file appears whole or not at all. `truth.parquet` has SK_ID_CURR and PROBABILITY. Raise `UserError` for invalid
    arguments.
    """
    _check(clients, seed)
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"out: expected a folder that can be created, got {folder}: {error.strerror}") from error
    drawn = tables(clients, seed)
    with progress(f"generating {clients:,} clients into {folder}"):
        for name in TABLES:
            with progress(name) if clients >= LARGE else nullcontext():
                _write(next(drawn)[1], folder / f"{name}.parquet")


def generate(clients: int, seed: int = 0) -> dict[str, pa.Table]:
    """Return the seven tables and `truth` by name; text columns are dictionaries of strings, missing values null."""
    return dict(tables(clients, seed))


def tables(clients: int, seed: int = 0) -> Iterator[tuple[str, pa.Table]]:
    """Draw one table after the other, in the order of `TABLES`.

    Every table has its own stream of random numbers. Default is drawn from the true probability, which is 0.0807 on
    average, as in the full data.
    """
    _check(clients, seed)
    streams = [np.random.default_rng(each) for each in np.random.SeedSequence(seed).spawn(9)]
    people = draw_clients(streams[0], clients)
    application = draw_application(streams[1], people)
    effects = truth.application_effect(application)

    bureau = draw_bureau(streams[2], people)
    effects += truth.bureau_effect(*bureau, clients)
    yield "bureau", table("bureau", bureau.columns)
    columns, client = draw_bureau_balance(streams[3], people, bureau)
    effects += truth.bureau_balance_effect(columns, client, clients)
    yield "bureau_balance", table("bureau_balance", columns)
    del bureau, columns, client

    previous = draw_previous(streams[4], people)
    effects += truth.previous_effect(previous.columns, previous.client, clients)
    yield "previous_application", table("previous_application", previous.columns)
    for name, stream, draw, effect in (
        ("POS_CASH_balance", streams[5], draw_pos, truth.pos_effect),
        ("installments_payments", streams[6], draw_instalments, truth.instalments_effect),
        ("credit_card_balance", streams[7], draw_card, truth.card_effect),
    ):
        columns, client = draw(stream, people, previous)
        effects += effect(columns, client, clients)
        yield name, table(name, columns)
        del columns, client

    probability = expit(truth.intercept(effects, figures("application")["default_rate"]) + effects)
    application["TARGET"] = (streams[8].random(clients) < probability).astype(np.int64)
    yield "application_train", table("application_train", application)
    yield "truth", pa.table({"SK_ID_CURR": people.ids, "PROBABILITY": probability})


def _check(clients: int, seed: int) -> None:
    if clients < 1:
        raise UserError(f"clients: expected at least 1, got {clients}; 10000 suffice to train a model")
    if seed < 0:
        raise UserError(f"seed: expected a whole number of at least 0, got {seed}")


def _write(drawn: pa.Table, path: Path) -> None:
    """Leave out Arrow's own schema, so that text reads back as plain strings."""
    with atomic_write(path) as unfinished:
        pq.write_table(drawn, unfinished, compression="zstd", store_schema=False)
