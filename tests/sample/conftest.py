"""One sample for all tests of this folder, and the real sample if it is installed."""

import os
from pathlib import Path

import pandas as pd
import pytest

from steps.sample import generate
from steps.sample.draws import figures

CLIENTS = 10_000
PROJECT = Path(__file__).parents[2]
REAL_FILES = {
    "installments_payments": "home_credit_real499_csv/installments_payments.csv",
    **{
        name: f"home_credit_real5k/{name}.parquet"
        for name in (
            "application_train",
            "bureau",
            "bureau_balance",
            "previous_application",
            "POS_CASH_balance",
            "credit_card_balance",
        )
    },
}


@pytest.fixture(scope="session")
def sample() -> dict[str, pd.DataFrame]:
    """The seven tables and the true probabilities of 10,000 clients, as pandas DataFrames."""
    return {name: drawn.to_pandas() for name, drawn in generate(CLIENTS, seed=0).items()}


@pytest.fixture(scope="session")
def expected() -> dict[str, dict]:
    """The recorded rates of each of the seven tables."""
    return figures("expected")


@pytest.fixture(scope="session")
def real() -> dict[str, pd.DataFrame]:
    """The real sample of 5,000 clients; the instalments are of 499 other clients."""
    folder = Path(os.environ.get("CREDIT_SCORING_REAL_DATA", PROJECT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real sample in {folder}; name its folder in CREDIT_SCORING_REAL_DATA")
    paths = {name: folder / file for name, file in REAL_FILES.items()}
    return {name: pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path) for name, path in paths.items()}
