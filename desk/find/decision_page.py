"""The page of one decision on record."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from custom_model.decision_log.reader import Records
from custom_model.decision_log.second_decisions import NONE
from desk.access.people import Person, Right
from desk.charts.scale import probability_scale
from desk.decision_log import decision_log
from desk.find.again import Again
from desk.find.fields_used import FieldGroup, FieldWords, groups
from desk.find.letter import has_letter
from desk.find.past_decision import PastDecision
from desk.find.readers import reader_of
from desk.find.search import decision_id
from desk.language.decision_words import headline
from desk.language.languages import language_of
from desk.language.reason_words import sentence
from desk.looks import LOOKS, look
from desk.page import page
from desk.problems import Problem
from desk.served import Version, read_version
from steps.run.console import UserError


def decision(request: Request) -> Response:
    """The decision as it was, and what followed it."""
    person = reader_of(request)
    with decision_log(request.app.state.settings) as log:
        return decision_page(request, person, log, past_decision(request, log))


def past_decision(request: Request, log: Records) -> PastDecision:
    """The decision that the address names; raises `Problem` where none of that id is on record."""
    identity = decision_id(request.path_params["decision"])
    record = None if identity is None else log.find(identity)
    if record is None:
        raise Problem("find.no_such_decision", 404)
    return PastDecision(record, log.second_decisions([record["decision_id"]]).get(record["decision_id"], NONE))


def decision_page(
    request: Request,
    person: Person,
    log: Records,
    past: PastDecision,
    status: int = 200,
    typed: Mapping[str, Any] | None = None,
    wrong: Mapping[str, str] | None = None,
    again: Again | None = None,
) -> Response:
    """The page of a decision, after the look at it is on record.

    Parameters
    ----------
    typed, wrong
        What a form had that was not accepted, and the keys of the sentences that say why.
    again
        What the version served now says.
    """
    look(log, person, "decision", past.id, past.record["client_id"])
    version, language = deciding_version(past), language_of(request)
    words = FieldWords({} if version is None else version.scorecard.meanings, language)
    is_open = person.may(Right.personal_data)
    return page(
        request,
        "find/decision.html.j2",
        status,
        past=past,
        headline=headline(past.outcome, past.probability, past.threshold, language),
        scale=probability_scale(past.probability, past.threshold, language),
        words=words,
        groups=_groups(past, version, words) if is_open else [],
        reasons=[sentence(each["text"], language) for each in past.reasons] if is_open else [],
        reasons_today=[] if again is None else [sentence(each, language) for each in again.reasons],
        looks=log.looks_at_decision(past.id, LOOKS) if is_open else [],
        has_letter=has_letter(past),
        is_open=is_open,
        typed=typed or {},
        wrong=wrong or {},
        again=again,
    )


def deciding_version(past: PastDecision) -> Version | None:
    """The version that decided, None where the registry no longer has it or this project cannot read it."""
    number = past.record["model_version"]
    if number is None:
        return None
    try:
        return read_version(past.record["model_name"], number)
    except (UserError, Problem):
        return None


def _groups(past: PastDecision, version: Version | None, words: FieldWords) -> list[FieldGroup]:
    id_field = "" if version is None else version.contract.id
    return groups(past.record["fields"] or {}, past.record["history_fields"] or {}, id_field, words)
