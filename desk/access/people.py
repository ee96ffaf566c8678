"""Who sits at the desk: the user of this machine, or whom a reverse proxy names."""

import hmac
from dataclasses import dataclass
from enum import StrEnum

from starlette.requests import Request

from custom_model.texts import is_identity
from desk.problems import Problem
from desk.settings import DeskSettings
from steps.ledger.actor import acting

TOKEN, NAME, ROLE = "x-desk-token", "x-desk-user", "x-desk-role"  # headers that the proxy sets


class Role(StrEnum):
    """A clerk decides about clients, an analyst sees figures, a risk officer both, and governs the models."""

    clerk = "clerk"
    analyst = "analyst"
    officer = "officer"


class Right(StrEnum):
    """What a page or a button needs."""

    decide = "decide"
    personal_data = "personal_data"  # fields, reasons, ids and letters of clients
    answer = "answer"  # to put contests and people's answers on record
    figures = "figures"  # figures of all decisions, and the models
    govern = "govern"  # to approve, promote and roll back


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.clerk: frozenset({Right.decide, Right.personal_data, Right.answer}),
    Role.analyst: frozenset({Right.figures}),
    Role.officer: frozenset(Right),
}


@dataclass(frozen=True)
class Person:
    """Name and role of who sends a request."""

    name: str
    role: Role

    def may(self, right: str) -> bool:
        return Right(right) in RIGHTS[self.role]


def person_of(request: Request, settings: DeskSettings) -> Person:
    """The person of a request.

    Without a proxy's secret it is the user of this machine, with all rights, as with the commands. With one, only
    requests that have it enter, as whom their headers name; raises `Problem` for all others.
    """
    if settings.proxy_token is None:
        return Person(acting(), Role.officer)
    token = settings.proxy_token.get_secret_value().encode()
    if not hmac.compare_digest(request.headers.get(TOKEN, "").encode("latin-1"), token):
        raise Problem("problem.not_through_proxy", status=403)
    name, role = _utf8(_only(request, NAME)), _only(request, ROLE)
    if not is_identity(name):
        raise Problem("problem.nobody", status=403)
    if role not in set(Role):
        raise Problem("problem.no_role", status=403)
    return Person(name, Role(role))


def _only(request: Request, header: str) -> str:
    """A header's text; empty where there are two, of which a proxy that adds its own has set only one."""
    texts = request.headers.getlist(header)
    return texts[0] if len(texts) == 1 else ""


def _utf8(header: str) -> str:
    """A header's text: its bytes are a proxy's UTF-8, though HTTP reads them as Latin-1; empty where they are not."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return ""


def demand(request: Request, right: Right) -> Person:
    """The person of a request, who must have this right; raises `Problem` otherwise."""
    person: Person = request.state.person
    if right not in RIGHTS[person.role]:
        raise Problem("problem.not_allowed", status=403, role=f"role.{person.role}", right=f"right.{right}")
    return person
