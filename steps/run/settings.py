"""The settings that steps share, in one place; what the business may change is in policy.yaml instead."""

import os
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

PROJECT = Path(__file__).resolve().parents[2]


class Engine(StrEnum):
    """DuckDB in this process, or Spark where SPARK_MASTER points."""

    duckdb = "duckdb"
    spark = "spark"


class Settings(BaseModel):
    """How training and evaluation are done, and where their results go."""

    model_config = ConfigDict(frozen=True)

    tracking_uri: str = Field(
        default_factory=lambda: os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{PROJECT / 'mlflow.db'}",
        description="MLFLOW_TRACKING_URI, else SQLite in the project's root whatever folder one stands in",
    )
    spark_master: str = Field(
        default_factory=lambda: os.environ.get("SPARK_MASTER") or "local[*]",
        description="SPARK_MASTER, the cluster that engine=spark runs on, else this machine",
    )
    history_store: str = Field(
        default_factory=lambda: os.environ.get("HISTORY_STORE_URI") or f"sqlite:///{PROJECT / 'data' / 'history.db'}",
        description="HISTORY_STORE_URI, where clients' history is published to, else SQLite among the data",
    )
    duckdb_memory: str = Field(
        default="2GB", description="what DuckDB may hold at once; what is more goes to disk beside the feature table"
    )
    data_folder: Path = Field(default=PROJECT / "data", description="generated samples and feature tables")
    tuning_storage: str = Field(
        default_factory=lambda: os.environ.get("TUNE_STORAGE_URL") or str(PROJECT / "data" / "tuning.journal"),
        description="TUNE_STORAGE_URL, a database's URL or a journal file, where the studies of tune are kept",
    )
    sample_clients: int = Field(default=10_000, description="size of the sample that data=sample means")
    seed: int = Field(default=20_180_829, description="of the sample, the folds, the bootstrap and LightGBM")
    folds: int = Field(default=5, ge=2, description="of the cross-validation")
    holdout_percent: int = Field(
        default=20, ge=1, le=50, description="clients that training never sees, chosen by a hash of their id"
    )
    bootstraps: int = Field(default=500, ge=100, description="resamples behind each interval")
    cores: int = Field(default_factory=lambda: _cores(), ge=1, description="that this process may use")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
