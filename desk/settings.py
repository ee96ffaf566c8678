"""Settings of the desk, from its options and variables."""

from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from steps.registry.names import MODEL_NAME
from steps.run.console import UserError
from steps.run.settings import PROJECT


def read_settings() -> "DeskSettings":
    """The settings of the environment; raise `UserError` for a variable with another value than it may have."""
    try:
        return DeskSettings()
    except (ValidationError, SettingsError) as error:
        wrong = [str(each["loc"][0]) for each in error.errors()] if isinstance(error, ValidationError) else [str(error)]
        raise UserError(
            f"the desk's settings: wrong value of {', '.join(wrong)}: docs/desk.md has what each may be"
        ) from None


class DeskSettings(BaseSettings):
    """What the desk talks to, and whom it believes; an empty variable counts as unset."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, case_sensitive=True, populate_by_name=True)

    server_url: str = Field(
        "http://127.0.0.1:5001", validation_alias="DESK_SERVER_URL", description="URL of the decision server"
    )
    model_name: str = Field(MODEL_NAME, validation_alias="DESK_MODEL_NAME", description="registered model")
    decision_log: str = Field("", validation_alias="DECISION_LOG_URI", description="decision log")
    history_store: str = Field("", validation_alias="HISTORY_STORE_URI", description="history store")
    policy_file: Path = Field(PROJECT / "policy.yaml", description="today's policy: contacts of the letters")
    proxy_token: SecretStr | None = Field(
        None,
        validation_alias="DESK_PROXY_TOKEN",
        min_length=16,
        description="secret of at least 16 characters by which a reverse proxy proves itself, which names people and "
        "their roles; empty: the desk is for the user of this machine alone",
    )
    hosts: tuple[str, ...] = Field(
        ("127.0.0.1", "localhost", "[::1]"),
        validation_alias="DESK_HOSTS",
        description="names that the desk answers to, as a JSON list",
    )
