"""The letter of a decision: a page to read and print, and the same as PDF."""

from pathlib import Path

import jinja2
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from desk.access.people import Right, demand
from desk.decision_log import decision_log
from desk.find.decision_page import past_decision
from desk.find.letter import Letter, letter_of
from desk.find.pdf import pdf_of
from desk.language.languages import Language, language_of
from desk.looks import look
from desk.page import FOLDER, page, spoken
from steps.run.policy import read_policy

STYLESHEET: Path = FOLDER.with_name("static") / "letter.css"


def letter(request: Request) -> Response:
    """The letter in a page, with what the clerk should know before it is sent."""
    told = _looked_at(request)
    body = Markup(_rendered(request, "letter/letter.html.j2", told))
    return page(request, "letter/page.html.j2", letter=told, body=body)


def letter_pdf(request: Request) -> Response:
    """The letter alone, as PDF."""
    told = _looked_at(request)
    content = pdf_of(_rendered(request, "letter/document.html.j2", told), STYLESHEET)
    disposition = f'inline; filename="{told.past.id}-{told.language}.pdf"'
    return Response(content, media_type="application/pdf", headers={"content-disposition": disposition})


def _looked_at(request: Request) -> Letter:
    """The letter that the address names, once the look at it is on record."""
    person = demand(request, Right.personal_data)
    settings = request.app.state.settings
    sender = read_policy(settings.policy_file).letters
    with decision_log(settings) as log:
        past = past_decision(request, log)
        told = letter_of(past, sender, _language(request))
        look(log, person, "letter", past.id, past.record["client_id"])
    return told


def _language(request: Request) -> Language:
    """The language of the letter: the one of its address, else the page's."""
    asked = request.query_params.get("language")
    return "en" if asked == "en" else "fr" if asked == "fr" else language_of(request)


def _rendered(request: Request, template: str, told: Letter) -> str:
    environment: jinja2.Environment = request.app.state.templates
    return environment.get_template(template).render(**spoken(told.language), letter=told)
