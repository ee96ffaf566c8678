"""A client's contest and a person's answer, put on record beside the decision."""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from custom_model.decision_log.reader import Records
from custom_model.decision_log.second_decisions import NotOpen
from desk.access.people import Person, Right, demand
from desk.find.decision_page import decision_page, past_decision
from desk.find.past_decision import PastDecision
from desk.looks import records
from desk.problems import Problem
from steps.stores.second_decisions import ANSWERS, LONGEST, UNSTORABLE

Put = Callable[[Records, PastDecision, Mapping[str, str], Person], Any]


async def contest(request: Request) -> Response:
    """Put a client's own view on record."""
    person, typed = await _form(request, "statement")
    wrong = wrong_text(typed["statement"], "statement")
    return await run_in_threadpool(_put, request, person, typed, wrong, _contest)


async def answer(request: Request) -> Response:
    """Put a person's answer on record."""
    person, typed = await _form(request, "outcome", "reason", "evidence")
    wrong = {} if typed["outcome"] in ANSWERS else {"outcome": "find.wrong_outcome"}
    wrong |= wrong_text(typed["reason"], "reason") | (
        wrong_text(typed["evidence"], "evidence") if typed["evidence"] else {}
    )
    return await run_in_threadpool(_put, request, person, typed, wrong, _answer)


def wrong_text(text: str, name: str) -> dict[str, str]:
    """The key of the sentence that says why a text cannot be put on record, by its field; none for one that can."""
    if not text:
        return {name: "find.wrong_empty"}
    if len(text) > LONGEST:
        return {name: "find.wrong_long"}
    return {} if UNSTORABLE.isdisjoint(text) else {name: "find.wrong_characters"}


async def _form(request: Request, *names: str) -> tuple[Person, dict[str, str]]:
    """The person, who may answer, and the texts of these fields of the form."""
    person = demand(request, Right.answer)
    form = await request.form()
    texts = {name: value for name, value in form.items() if isinstance(value, str)}  # a file is none
    return person, {name: texts.get(name, "").replace("\r\n", "\n").strip() for name in names}


def _put(request: Request, person: Person, typed: dict[str, str], wrong: dict[str, str], put: Put) -> Response:
    with records(request.app.state.settings) as log:
        past = past_decision(request, log)
        if wrong:
            return decision_page(request, person, log, past, 400, typed, wrong)
        try:
            put(log, past, typed, person)
        except NotOpen:
            raise Problem("find.not_open", 409) from None
    return RedirectResponse(f"/find/decision/{past.id}#since", 303)


def _contest(log: Records, past: PastDecision, typed: Mapping[str, str], person: Person) -> None:
    log.contest(past.id, typed["statement"], person.name)


def _answer(log: Records, past: PastDecision, typed: Mapping[str, str], person: Person) -> None:
    outcome = next(each for each in ANSWERS if each == typed["outcome"])
    log.override(past.id, outcome, typed["reason"], typed["evidence"] or None, person.name)
