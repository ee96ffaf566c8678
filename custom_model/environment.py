"""The environment variables of a model: typed, in one place, read once when the model is loaded."""

import os
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import AliasGenerator, Field, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from custom_model.databases import Database
from custom_model.expectations import expectation

SCORING_THREADS = "SCORING_THREADS"
MOST_THREADS = 64


class _Variables(PydanticBaseSettingsSource):
    """A source of settings: a mapping of variables, as text.

    The source of pydantic-settings reads the process's variables only, and expects JSON for a URL, a named tuple.
    """

    def __init__(self, settings_cls: type[BaseSettings], variables: Mapping[str, str]):
        super().__init__(settings_cls)
        self._variables = variables

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[str | None, str, bool]:
        name = field_name.upper()
        return self._variables.get(name), name, False

    def __call__(self) -> dict[str, Any]:
        values = (self.get_field_value(field, name) for name, field in self.settings_cls.model_fields.items())
        return {name: value for value, name, _ in values if value is not None}


class FromEnvironment(BaseSettings):
    """Settings whose fields are environment variables of the same name in capitals; a blank variable counts as unset.

    Only `read` reads variables; an instance made directly has the arguments and defaults alone.
    """

    model_config = SettingsConfigDict(
        alias_generator=AliasGenerator(validation_alias=str.upper),
        arbitrary_types_allowed=True,
        case_sensitive=True,
        frozen=True,
        populate_by_name=True,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)

    @classmethod
    def variables(cls) -> set[str]:
        """The names of the variables."""
        return {name.upper() for name in cls.model_fields}

    @classmethod
    def descriptions(cls) -> list[tuple[str, str]]:
        """Name, and meaning with default, of each variable that an operator may set."""
        return [
            (name.upper(), (field.description or "") + _default(field.default))
            for name, field in cls.model_fields.items()
            if not field.is_required()
        ]

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if not (isinstance(value, str) and not value.strip())}

    @classmethod
    def read(cls, variables: Mapping[str, str] | None = None) -> Self:
        """Read these variables, by default the process's.

        Raises `ValueError` with each wrong variable and what was expected, without its value: a URL may hold a
        password.
        """
        source = _Variables(cls, os.environ if variables is None else variables)
        try:
            return cls(**source())
        except ValidationError as error:
            problems = (f"{'.'.join(map(str, each['loc']))}: {expectation(each)}" for each in error.errors())
            raise ValueError("; ".join(problems)) from None


def _default(default: object) -> str:
    return "" if default is None else f" [default: {default}]"


class Environment(FromEnvironment):
    """The stores, metrics and threads of a loaded model."""

    decision_log_uri: Database | None = Field(
        None,
        description="SQLAlchemy URL of the decision log, SQLite or PostgreSQL: a decision is returned only after its "
        "record is durable there; of SQLite use an absolute path, sqlite:////folder/file.db: a relative one depends on "
        "the working folder; none: nothing is recorded",
    )
    decision_log_wait: float = Field(
        5.0, gt=0, le=60, description="seconds that a request waits for its records at most; then 503"
    )
    decision_log_queue: int = Field(
        2_000, ge=1, description="records that may wait to be written, for each worker; beyond that 503 at once"
    )
    history_store_uri: Database | None = Field(
        None,
        description="SQLAlchemy URL of the history store, SQLite or PostgreSQL, which completes an application without "
        "history; none: history comes with the request",
    )
    history_store_down: Literal["503", "none"] = Field(
        "503",
        description="while the history store cannot be read: no decision (503), or one without history, as of a client "
        "without any (none)",
    )
    metrics_port: int | None = Field(
        None,
        ge=1,
        le=65_535,
        description="port of the Prometheus metrics under MLflow's own server, shared by its workers",
    )
    metrics_host: str = Field("127.0.0.1", description="address of that port; 0.0.0.0 opens it to other machines")
    scoring_threads: int | None = Field(
        None,
        ge=1,
        le=MOST_THREADS,
        description="threads that score the rows of one large request or table; none: in the hardened server each "
        "worker's share of the cores, elsewhere OMP_NUM_THREADS, which Spark sets for its workers, else the cores that "
        "the process may use",
    )
