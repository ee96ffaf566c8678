"""How the versions of a model stand: who decides, decided before, waits or could come, by registry and ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from steps.ledger.moves import approvers, pending
from steps.ledger.records import Event, Filed, Outcome, Record, filed
from steps.registry.champion import is_about
from steps.registry.versions import CHAMPION, PREVIOUS, registry_errors, versions_of
from steps.run.mlflow_errors import is_absence


class Standing(StrEnum):
    """Where a version stands; a `former` one was champion before, a `candidate` never."""

    champion = "champion"
    previous = "previous"
    pending = "pending"
    candidate = "candidate"
    former = "former"


@dataclass(frozen=True)
class Model:
    """A registered model with its ledger.

    Attributes
    ----------
    name
        Its name in the registry.
    versions
        Its versions by number, the newest first.
    champion, previous
        Numbers of the versions under these aliases.
    records
        Its ledger, newest first; a record that was changed by hand may be unreadable.
    waiting
        The record of the version that waits for approval.
    approved_by
        Who has approved that one, in their order.
    """

    name: str
    versions: dict[str, ModelVersion]
    champion: str | None
    previous: str | None
    records: Sequence[Filed]
    waiting: Record | None
    approved_by: Sequence[str]

    @property
    def readable(self) -> list[Record]:
        """The records that can be read, newest first."""
        return [record for each in self.records if (record := each.record) is not None]

    @property
    def move(self) -> Record | None:
        """The record that says who is champion."""
        return next((each for each in self.readable if each.outcome is Outcome.champion), None)

    @property
    def pending(self) -> str | None:
        return None if self.waiting is None else self.waiting.version

    @property
    def decided(self) -> list[str]:
        """Numbers of the versions that once were champion and are not, newest first."""
        moves = [each for each in self.readable if each.outcome is Outcome.champion and each.version != self.champion]
        return list(dict.fromkeys(each.version for each in moves if each.version and self._is_about(each)))

    def standing(self, number: str) -> Standing:
        """Where the version of this number stands."""
        named = {self.previous: Standing.previous, self.pending: Standing.pending, self.champion: Standing.champion}
        if number in named:
            return named[number]
        return Standing.former if number in self.decided else Standing.candidate

    def last_attempt(self, number: str) -> Record | None:
        """The newest record of a version with checks of the gate."""
        of_it = (each for each in self.readable if each.version == number and self._is_about(each))
        return next((each for each in of_it if each.event is Event.promotion and each.checks), None)

    def approvers(self, number: str) -> list[str]:
        """Who has approved a version, in their order."""
        of_it = [each.who for each in self.readable if each.event is Event.approval and each.version == number]
        return list(dict.fromkeys(reversed(of_it)))

    def _is_about(self, record: Record) -> bool:
        return record.version in self.versions and is_about(record, self.versions[record.version])


def read_model(name: str) -> Model:
    """The model as registry and ledger have it now, without any version where there is none of this name.

    Raises `UserError` where the registry fails.
    """
    versions = versions_of(name)
    newest_first = {number: versions[number] for number in sorted(versions, key=int, reverse=True)}
    with registry_errors(f"read {name}", "the page shows nothing of it"):
        aliases, waiting = _aliases(name), pending(name)
        if waiting is not None and not is_about(waiting, versions.get(waiting.version or "")):
            waiting = None  # a version that was deleted
        return Model(
            name,
            newest_first,
            aliases.get(CHAMPION),
            aliases.get(PREVIOUS),
            list(filed(name)),
            waiting,
            [] if waiting is None else approvers(name, waiting),
        )


def _aliases(name: str) -> dict[str, str]:
    try:
        return {alias: str(number) for alias, number in MlflowClient().get_registered_model(name).aliases.items()}
    except MlflowException as error:
        if is_absence(error):
            return {}
        raise
