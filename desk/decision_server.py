"""The decision server, as the desk asks it over HTTP."""

from typing import Any, TypedDict

import requests

from custom_model.decisions import Decision
from desk.problems import Problem

CONNECT, PROBE, ANSWER = 3.0, 5.0, 30.0  # seconds; a readiness takes 2 s where a store is down
ANSWERED = {"client_id", "decision", "decision_id", "probability_of_default", "reasons", "recorded", "threshold"}


class Refusal(TypedDict):
    """One breach of the contract, as the server names it."""

    row: int | None
    field: str | None
    problem: str


class Rejected(Exception):
    """The request breaks the contract: nothing was decided."""

    def __init__(self, problems: list[Refusal]):
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


class KeyUsed(Exception):
    """The Idempotency-Key belongs to another request: nothing was decided."""


class Readiness(TypedDict, total=False):
    """The answer of `/ready`."""

    ready: bool
    model: str
    stores: dict[str, bool]
    following: dict[str, str | None]


class DecisionServer:
    """A client of the server at this URL; each call raises `Problem` where it does not answer as it should."""

    def __init__(self, url: str):
        self.url = url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy of the environment must not see clients' data

    def decide(self, application: dict[str, Any], params: dict[str, Any], key: str = "") -> Decision:
        """The decision about one application.

        Parameters
        ----------
        application, params
            As docs/api.md has them.
        key
            An Idempotency-Key: the same request under it is decided once. Empty: none.

        Raises
        ------
        Rejected
            The application breaks the contract.
        KeyUsed
            Another application was decided under the key.
        Problem
            The server is away, busy or at fault: nothing was decided, or the answer was lost.
        """
        (decision,) = self._decide([application], params, {"Idempotency-Key": key} if key else {})
        return decision

    def simulate(self, applications: list[dict[str, Any]], params: dict[str, Any]) -> list[Decision]:
        """What the server would decide about each of these, off the record; raises as `decide` does."""
        return self._decide(applications, {**params, "simulate": True}, {})

    def _decide(
        self, applications: list[dict[str, Any]], params: dict[str, Any], headers: dict[str, str]
    ) -> list[Decision]:
        body = {"inputs": applications, "params": params}
        answer = self._ask("POST", "/invocations", ANSWER, json=body, headers=headers)
        if answer.status_code == 400:
            raise Rejected(_refusals(answer))
        if answer.status_code == 422:
            raise KeyUsed
        if answer.status_code == 503:
            raise Problem("server.busy", url=self.url)
        if answer.status_code != 200:
            raise Problem("server.fault", url=self.url, status_code=answer.status_code)
        decided = _json(answer).get("predictions")
        if not _are_decisions(decided, len(applications)):
            raise Problem("server.other", url=self.url)
        return decided

    def readiness(self) -> Readiness:
        """What the server runs at this moment; its status may say that it is not ready."""
        answer = self._ask("GET", "/ready", PROBE)
        found = _json(answer)
        if answer.status_code not in (200, 503) or not _is_readiness(found):
            raise Problem("server.other", url=self.url)
        return found

    def _ask(self, method: str, path: str, patience: float, **arguments: Any) -> requests.Response:
        try:
            # A redirection would take a client's data to another place than the operator named.
            return self._session.request(
                method, self.url + path, timeout=(CONNECT, patience), allow_redirects=False, **arguments
            )
        except requests.RequestException:
            raise Problem("server.down", url=self.url) from None


def _json(answer: requests.Response) -> Any:
    try:
        parsed = answer.json()
    except (requests.JSONDecodeError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _is_readiness(found: dict[str, Any]) -> bool:
    following = found.get("following")
    return (
        isinstance(found.get("model"), str)
        and isinstance(found.get("stores", {}), dict)
        and (following is None or isinstance(following, dict))
    )


def _are_decisions(found: Any, count: int) -> bool:
    """Whether these are so many decisions, as any version of the project answers them."""
    are_named = isinstance(found, list) and all(isinstance(each, dict) and each.keys() >= ANSWERED for each in found)
    return are_named and len(found) == count


def _refusals(answer: requests.Response) -> list[Refusal]:
    """The problems that the server names, else its message as one."""
    named = _json(answer).get("problems")
    are_named = isinstance(named, list) and all(
        isinstance(each, dict) and Refusal.__required_keys__ <= each.keys() for each in named
    )
    return named if named and are_named else [_whole(answer)]


def _whole(answer: requests.Response) -> Refusal:
    return Refusal(row=None, field=None, problem=str(_json(answer).get("message", "")))
