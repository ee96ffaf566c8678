"""The version that the decision server runs: its contract, the meanings of its fields, its costs."""

from dataclasses import dataclass
from functools import lru_cache

from pydantic import ValidationError

from custom_model.contract import Contract
from custom_model.scorecard import Scorecard
from desk.decision_server import DecisionServer, Readiness
from desk.problems import Problem
from steps.registry.version_parts import scorecard_of
from steps.registry.versions import find_version, uri_of
from steps.traffic.deciding import contract_of


@dataclass(frozen=True)
class Version:
    """A registered version as the pages need it: what its fields are, and what its decisions cost."""

    name: str
    number: str
    contract: Contract
    scorecard: Scorecard

    @property
    def offers(self) -> dict[str, str]:
        """The params that ask for counter-offers, where the version's policy lets the loan move."""
        return {"alternatives": "refused"} if self.scorecard.alternatives else {}


def served_version(server: DecisionServer) -> Version:
    """The version that the server runs now; raises as `version_of` does."""
    return version_of(server.readiness())


def version_of(ready: Readiness) -> Version:
    """The version that a server of this readiness runs; raises `Problem` where that is not in this registry."""
    label = ready["model"]
    name, slash, number = label.rpartition("/")
    if not slash or not number.isdecimal():
        raise Problem("server.unregistered", model=label)
    return read_version(name, number)


@lru_cache(maxsize=16)
def read_version(name: str, number: str) -> Version:
    """A version of the registry, read once: a version never changes.

    Raises
    ------
    UserError
        The registry has no such version, or does not answer.
    Problem
        It was made by code that this one cannot read.
    """
    found = find_version(name, number)
    scorecard = scorecard_of(found)
    try:
        contract = Contract.model_validate(contract_of(uri_of(found)))
    except ValidationError:
        contract = None
    if scorecard is None or contract is None:
        raise Problem("server.unreadable", model=f"{name}/{number}")
    return Version(name, number, contract, scorecard)
