"""The decision server, as the desk asks it over HTTP."""

from typing import Any, TypedDict

import requests

from custom_model.decisions import Decision
from desk.problems import Problem

CONNECT, ANSWER = 3.0, 30.0  # seconds


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
        answer = self._ask("POST", "/invocations", json=body, headers=headers)
        if answer.status_code == 400:
            raise Rejected(_json(answer).get("problems") or [_whole(answer)])
        if answer.status_code == 503:
            raise Problem("server.busy", url=self.url)
        if answer.status_code != 200:
            raise Problem("server.fault", url=self.url, status_code=answer.status_code)
        return _json(answer)["predictions"]

    def readiness(self) -> Readiness:
        """What the server runs at this moment; its status may say that it is not ready."""
        answer = self._ask("GET", "/ready")
        if answer.status_code not in (200, 503) or "model" not in _json(answer):
            raise Problem("server.other", url=self.url)
        return _json(answer)

    def _ask(self, method: str, path: str, **arguments: Any) -> requests.Response:
        try:
            return self._session.request(method, self.url + path, timeout=(CONNECT, ANSWER), **arguments)
        except requests.RequestException:
            raise Problem("server.down", url=self.url) from None


def _json(answer: requests.Response) -> Any:
    try:
        parsed = answer.json()
    except requests.JSONDecodeError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _whole(answer: requests.Response) -> Refusal:
    return Refusal(row=None, field=None, problem=str(_json(answer).get("message", "")))
