"""A page: a template with its person, language and words."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from desk.access.headers import REPORT_POLICY
from desk.access.people import Person
from desk.language import languages
from desk.language.catalogue import say
from desk.language.languages import Language, language_of
from desk.problems import Problem
from steps.run.backticks import with_code

FOLDER = Path(__file__).with_name("templates")


def templates() -> jinja2.Environment:
    """The templates; whatever a page does not give them is an error, not an empty place."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """A page of this template, `title` among its values; a part of one where the template is such."""
    language = language_of(request)
    person: Person | None = getattr(request.state, "person", None)
    environment: jinja2.Environment = request.app.state.templates
    text = environment.get_template(template).render(
        **spoken(language), path=request.url.path, person=person, may=_rights(person), **values
    )
    return HTMLResponse(text, status, headers={"vary": "cookie, accept-language"})


def problem_page(request: Request, problem: Problem) -> Response:
    """The page of a problem: its sentence, and what to do."""
    return page(request, "problem.html.j2", problem.status, problem=problem.key, values=problem.values)


def report_page(text: str) -> Response:
    """A report of the project as it was logged, shut in."""
    return HTMLResponse(text, headers={"content-security-policy": REPORT_POLICY})


def spoken(language: Language) -> dict[str, Any]:
    """What a template writes words, numbers and times of a language with."""
    writers: tuple[Callable[..., str], ...] = (
        languages.number,
        languages.plain,
        languages.percent,
        languages.of_hundred,
        languages.day,
        languages.moment,
    )
    in_language = {each.__name__: partial(each, language=language) for each in writers}
    return {"language": language, "say": partial(_said, language), **in_language}


def _said(language: Language, key: str, **values: object) -> str:
    """The words of a key; a command in backticks is marked as code."""
    words = say(language, key, **values)
    if "`" not in words:
        return words
    return with_code(words)


def _rights(person: Person | None) -> Callable[[str], bool]:
    return person.may if person is not None else lambda right: False
