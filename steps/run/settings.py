"""Settings of the steps; business parameters are in policy.yaml."""

from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import Field
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from custom_model.cores import available_cores

PROJECT = Path(__file__).resolve().parents[2]
FOLDER = "CREDIT_SCORING_FOLDER"  # MLproject sets this variable


class Engine(StrEnum):
    """DuckDB in this process, or Spark at SPARK_MASTER."""

    duckdb = "duckdb"
    spark = "spark"


class LeaksTreatment(StrEnum):
    """What fields do that reveal the outcome: as the data's description says, stop, or be left out."""

    described = ""
    stop = "stop"
    leave_out = "leave-out"


class NamedVariables(EnvSettingsSource):
    """Environment variables of the fields that name one; a variable such as SEED is ignored."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        if field.validation_alias is None:
            return None, field_name, False
        return super().get_field_value(field, field_name)


class Settings(BaseSettings):
    """How models are trained and evaluated, and where results go; an empty variable counts as unset."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, case_sensitive=True, populate_by_name=True)

    folder: Path = Field(
        PROJECT,
        validation_alias=FOLDER,
        description="folder of what lasts and of relative paths: that of the caller of `mlflow run`, which may run a "
        "clone that is thrown away; else the project's root, whatever the working folder",
    )
    tracking_uri: str = Field(
        default_factory=lambda given: f"sqlite:///{given['folder'] / 'mlflow.db'}",
        validation_alias="MLFLOW_TRACKING_URI",
        description="tracking store and registry; by default SQLite, mlflow.db in that folder",
    )
    spark_master: str = Field(
        "local[*]", validation_alias="SPARK_MASTER", description="cluster of engine=spark; by default this machine"
    )
    history_store: str = Field(
        default_factory=lambda given: f"sqlite:///{given['folder'] / 'data' / 'history.db'}",
        validation_alias="HISTORY_STORE_URI",
        description="store that clients' history is published to; by default SQLite, data/history.db in that folder",
    )
    tuning_storage: str = Field(
        default_factory=lambda given: str(given["folder"] / "data" / "tuning.journal"),
        validation_alias="TUNE_STORAGE_URL",
        description="storage of Optuna's studies: a database's URL or a journal file; by default data/tuning.journal",
    )
    duckdb_memory: str = Field("2GB", description="memory limit of DuckDB, which spills to the feature table's folder")
    data_folder: Path = Field(
        default_factory=lambda given: given["folder"] / "data",
        description="folder of generated samples and feature tables",
    )
    sample_clients: int = Field(10_000, description="clients of the sample that data=sample generates")
    seed: int = Field(20_180_829, description="seed of the sample, the folds, the bootstrap and LightGBM")
    folds: int = Field(5, ge=2, description="folds of the cross-validation")
    holdout_percent: int = Field(
        20, ge=1, le=50, description="share of clients in the holdout: the latest, or by a hash of their id"
    )
    bootstraps: int = Field(500, ge=100, description="resamples behind each interval")
    cores: int = Field(default_factory=available_cores, ge=1, description="cores that this process may use")

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: object, **__: object
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the named variables; no .env file and no secrets folder."""
        return init_settings, NamedVariables(settings_cls)
