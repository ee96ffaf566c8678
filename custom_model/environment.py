"""What the environment says to a model that is served: one typed place, read once when the model is loaded."""

import os
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from custom_model.databases import Database


class FromEnvironment(BaseModel):
    """Settings whose fields are variables of the environment, in capitals; a blank variable is as none."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    @classmethod
    def variables(cls) -> set[str]:
        """The names of the variables."""
        return {name.upper() for name in cls.model_fields}

    @classmethod
    def descriptions(cls) -> list[tuple[str, str]]:
        """Each variable that an operator may set, and what it means, with its default."""
        fields = {name.upper(): field for name, field in cls.model_fields.items() if not field.is_required()}
        return [
            (name, field.description + ("" if field.default is None else f" [default: {field.default}]"))
            for name, field in fields.items()
        ]

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, given: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in given.items() if not (isinstance(value, str) and not value.strip())}

    @classmethod
    def read(cls, variables: Mapping[str, str] = os.environ) -> Self:
        """Read the variables; raise `ValueError` that names each wrong one and what was expected.

        The value itself is not repeated: a URL may hold a password.
        """
        try:
            return cls(**{name: variables[name.upper()] for name in cls.model_fields if name.upper() in variables})
        except ValidationError as error:
            said = (f"{'.'.join(map(str, each['loc'])).upper()}: {_words(each['msg'])}" for each in error.errors())
            raise ValueError("; ".join(said)) from None


def _words(message: str) -> str:
    return message.removeprefix("Value error, ").replace("Input should be", "expected")


class Environment(FromEnvironment):
    """What the operator of a served model decides; each field is the variable of its name in capitals."""

    decision_log_uri: Database | None = Field(
        None, description="SQLAlchemy URL; when set, a decision leaves only after its record is durable there"
    )
    decision_log_wait: float = Field(
        5.0, gt=0, le=60, description="seconds that a request waits for its records at most; then 503"
    )
    decision_log_queue: int = Field(
        2_000, ge=1, description="records that may wait to be written; beyond that 503 at once"
    )
    history_store_uri: Database | None = Field(
        None, description="SQLAlchemy URL; when set, a client sent without history is completed from it"
    )
    history_store_down: Literal["503", "none"] = Field(
        "503", description="what a history store that cannot be read means: no decision, or one without history"
    )
    metrics_port: int | None = Field(
        None, ge=1, le=65_535, description="port of the Prometheus metrics under MLflow's own server"
    )
    metrics_host: str = Field("127.0.0.1", description="address of that port; 0.0.0.0 shows it to other machines")
