"""The page's requests: a form to fill in, a decision about it, and what would change that."""

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from desk.access.people import Right, demand
from desk.decide.answer import tell
from desk.decide.application import Application, before_and_now, client_of, read_application
from desk.decide.changes import changes, moved_fields
from desk.decide.client import known_client
from desk.decide.inputs import as_filled
from desk.decide.offer import moved
from desk.decide.views import Form, answer_page, form_page
from desk.decision_log import decision_log
from desk.decision_server import DecisionServer, KeyUsed, Rejected
from desk.forms import read_form
from desk.language.catalogue import say
from desk.language.languages import language_of, today
from desk.language.localized import Localized
from desk.looks import look
from desk.problems import Problem
from desk.served import Version, served_version, version_of
from desk.settings import DeskSettings

KEY = re.compile(r"[0-9a-f-]{36}")  # a UUID, as each form has one
LOG = "decision_log"  # among the stores that the server names
EXPLAINED = {"reasons": "all", "explanation": "topics"}
OLDER = "params.explanation"  # the problem of a version without explanations

Answered = TypeVar("Answered")


def empty_form(request: Request) -> Response:
    """A form to fill in."""
    demand(request, Right.decide)
    return form_page(request, served_version(request.app.state.server), {})


async def search(request: Request) -> Response:
    """The same form, with those of its further fields that the search finds."""
    return await _answered(request, _search)


async def from_client(request: Request) -> Response:
    """The form with the client's last application on record, and whether past loans are known."""
    return await _answered(request, _from_client)


async def decide(request: Request) -> Response:
    """The decision about the form's application, on record where the server has a log."""
    return await _answered(request, _decide)


async def what_if(request: Request) -> Response:
    """What the server would decide about the form as it is now, beside what it was."""
    return await _answered(request, _what_if)


async def _answered(request: Request, answer: Callable[[Request, Form], Response]) -> Response:
    demand(request, Right.decide)
    return await run_in_threadpool(answer, request, await read_form(request))


def _search(request: Request, form: Form) -> Response:
    return form_page(request, served_version(request.app.state.server), form)


def _from_client(request: Request, form: Form) -> Response:
    settings: DeskSettings = request.app.state.settings
    version, language = served_version(request.app.state.server), language_of(request)
    text = form.get("client", "").strip()
    client = client_of(text, version.contract.id_is_text)
    if client is None:
        return form_page(request, version, form, {"client": Localized(say(language, "decide.no_client_id"), language)})
    known = known_client(settings, request.state.person, version, client)
    return form_page(request, version, {"client": text, **known.filled}, notes=known.notes(language))


def _decide(request: Request, form: Form) -> Response:
    server: DecisionServer = request.app.state.server
    settings: DeskSettings = request.app.state.settings
    ready = server.readiness()
    version = version_of(ready)
    application = read_application(form, version, language_of(request), today())
    if application.wrong:
        return form_page(request, version, form, application.wrong)
    key = _key(form) if LOG in ready.get("stores", {}) else ""
    params = {**application.params, **version.offers}
    try:
        decision = _explained(params, lambda asked: server.decide(application.fields, asked, key))
    except Rejected as rejected:
        return form_page(request, version, form, _wrong(rejected))
    except KeyUsed:
        language = language_of(request)
        told = Localized(say(language, "decide.key_used"), language)
        return form_page(request, version, {**form, "key": ""}, {"": told})
    if not decision["recorded"]:
        _look_at_history(request, version, application)
    elif settings.decision_log:
        client = None if decision["client_id"] is None else str(decision["client_id"])
        with decision_log(settings) as log:
            look(log, request.state.person, "decision", decision["decision_id"], client)
    return answer_page(request, version, form, application, decision)


def _what_if(request: Request, form: Form) -> Response:
    server: DecisionServer = request.app.state.server
    version, language, day = served_version(server), language_of(request), today()
    was_form, form = before_and_now(form)
    was, now = (read_application(each, version, language, day) for each in (was_form, form))
    wrong = {**was.wrong, **now.wrong}
    if wrong:
        return form_page(request, version, form, wrong)
    try:
        fields = moved(version, now.fields, form)
    except ValueError:
        raise Problem("decide.beyond_policy", status=400) from None
    both, params = [was.fields, fields], {**now.params, **version.offers}
    _look_at_history(request, version, was, now)
    try:
        before, after = _explained(params, lambda asked: server.simulate(both, asked))
    except Rejected as rejected:
        return form_page(request, version, form, _wrong(rejected))
    tried = changes(version, (was.fields, before), (fields, after), language, day)
    loan = {name: fields[name] for name in moved_fields(version) if name in fields}
    filled = {**form, **as_filled(version, loan, day)}
    return answer_page(request, version, filled, was, before, was_form, tried, tell(after, language))


def _key(form: Form) -> str:
    """The key that the form was made with; raises `Problem` for a text that no form of the desk has."""
    key = form.get("key", "")
    if key and not KEY.fullmatch(key):
        raise Problem("problem.bad_form", status=400)
    return key


def _look_at_history(request: Request, version: Version, *applications: Application) -> None:
    """Put on record that clients' past loans are looked up: reasons tell of them, also where nothing is decided."""
    settings: DeskSettings = request.app.state.settings
    looked_up = [each.fields.get(version.contract.id) for each in applications if each.has_history]
    clients = dict.fromkeys(str(each) for each in looked_up if each is not None)
    if not settings.decision_log or not version.contract.history or not clients:
        return
    with decision_log(settings) as log:
        for client in clients:
            look(log, request.state.person, "history", None, client)


def _explained(params: Mapping[str, str], ask: Callable[[dict[str, str]], Answered]) -> Answered:
    """The answer with reasons and topics; of a version that does not know topics without these."""
    try:
        return ask({**params, **EXPLAINED})
    except Rejected as rejected:
        if [each["field"] for each in rejected.problems] != [OLDER]:
            raise
        return ask({**params, "reasons": "all"})


def _wrong(rejected: Rejected) -> dict[str, Localized]:
    """The server's problems by field, in its own words; the first of those of no field."""
    wrong: dict[str, Localized] = {}
    for each in rejected.problems:
        wrong.setdefault(each["field"] or "", Localized(each["problem"], "en"))
    return wrong
