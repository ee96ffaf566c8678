"""The alias that a server follows, and the version that the registry says it points to."""

from typing import NamedTuple

from custom_model.origin import quickly, registry_exists
from custom_model.unavailable import REGISTERED, unavailable


class RegistryDown(Exception):
    """The registry does not say which version the alias points to; the message is one sentence, without secrets."""


class Pointed(NamedTuple):
    """A version of the registry: a model that is deleted and registered again has the same numbers at other times."""

    version: str
    created: int  # milliseconds


class Alias(NamedTuple):
    """A registered model and one of its aliases."""

    model: str
    name: str

    def __str__(self) -> str:
        return f"{self.model}@{self.name}"

    @property
    def uri(self) -> str:
        return f"models:/{self}"

    def ask(self) -> Pointed:
        """The version that the alias points to now; raises `RegistryDown` where the registry does not say, in seconds.

        1.5 ms on an SQLite registry.
        """
        import mlflow  # 100 MB that a server which follows nothing need not have beside its workers
        from mlflow import MlflowClient

        if not registry_exists(mlflow.get_registry_uri()):
            raise RegistryDown("the registry's database is not there: check MLFLOW_TRACKING_URI")
        try:
            with quickly():
                version = MlflowClient().get_model_version_by_alias(self.model, self.name)
        except Exception as error:  # each store and driver raises its own
            raise RegistryDown(unavailable(self.uri, error)) from None
        number = str(version.version)
        if not (number.isascii() and number.isdecimal()):  # an empty answer, as of a proxy in front; it names a folder
            raise RegistryDown("the registry's answer names no version: check MLFLOW_TRACKING_URI")
        return Pointed(number, int(version.creation_timestamp or 0))


def alias_of(model_uri: str) -> Alias | None:
    """The alias that this URI names, None for any other URI or a folder."""
    registered = REGISTERED.fullmatch(model_uri)
    if registered is None or registered["alias"] is None:
        return None
    return Alias(registered["name"], registered["alias"])
