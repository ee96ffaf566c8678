"""The page's two faces: the form, and the answer with what would change it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from custom_model.decisions import Decision
from desk.decide.answer import Answer, tell
from desk.decide.application import CLIENT, HISTORY, LOOKED_UP, WAS, Application
from desk.decide.changes import Changes
from desk.decide.inputs import PREFIX, SPECIAL, Input, asked_else, asked_first, inputs
from desk.decide.offer import SHARE, sliders
from desk.language.catalogue import say
from desk.language.field_words import label
from desk.language.languages import language_of, today
from desk.language.localized import Localized
from desk.language.rule_words import rules_of
from desk.page import page
from desk.served import Version

FOUND: tuple[Literal["unusual", "missing", "unknown_categories"], ...] = ("unusual", "missing", "unknown_categories")
NOTHING: Mapping[str, Localized] = MappingProxyType({})

Form = Mapping[str, str]


def form_page(
    request: Request,
    version: Version,
    form: Form,
    wrong: Mapping[str, Localized] = NOTHING,
    notes: tuple[str, ...] | list[str] = (),
) -> Response:
    """The form as it is filled in; `wrong` has what hinders a decision by field, `notes` what is known."""
    return page(
        request,
        "decide/form.html.j2",
        status=400 if wrong else 200,
        notes=notes,
        key=form.get("key") or str(uuid4()),
        **_asked(request, version, form, wrong),
    )


def answer_page(
    request: Request,
    version: Version,
    form: Form,
    application: Application,
    decision: Decision,
    was_form: Form | None = None,
    tried: Changes | None = None,
    after: Answer | None = None,
) -> Response:
    """A decision, and a form to try others with.

    `was_form` is the form of the decision where `form` is another one already, which was `tried` and came out as
    `after`.
    """
    was = form if was_form is None else was_form
    language = language_of(request)

    def named(field: str) -> str:
        return label(field, language, version.scorecard.meanings.get(field))

    return page(
        request,
        "decide/answer.html.j2",
        answer=tell(decision, language),
        rules=[say(language, rule.words, cause=named(rule.cause)) for rule in rules_of(decision["policy_rules"])],
        found={kind: ", ".join(map(named, decision[kind])) for kind in FOUND},
        sliders=sliders(version, application.fields, decision, form),
        was={WAS + name: value for name, value in was.items() if _is_of_application(name)},
        tried=tried,
        is_by_slider=any(name.startswith(SHARE) for name in form),  # which keeps the focus
        after=after,
        **_asked(request, version, form, NOTHING),
    )


def _asked(request: Request, version: Version, form: Form, wrong: Mapping[str, Localized]) -> dict[str, Any]:
    """The form's inputs: those asked first, and all others by topic, with those that a search finds."""
    language = language_of(request)
    first, others = (
        inputs(version, names, form, wrong, language, today()) for names in (asked_first(version), asked_else(version))
    )
    known = {each.name for each in (*first, *others)}
    sought = form.get("search", "").strip()
    return {
        "first": first,
        "has_history": bool(version.contract.history),
        "topics": _by_topic(others),
        "sought": sought,
        "shown": {each.name for each in others if _is_found(each, sought)},
        "client": form.get(CLIENT, ""),
        "history": form.get(HISTORY, LOOKED_UP),
        "wrong": wrong,
        "elsewhere": {name: problem for name, problem in wrong.items() if name not in {*known, CLIENT}},
    }


def _by_topic(others: list[Input]) -> dict[str, list[Input]]:
    topics: dict[str, list[Input]] = {}
    for each in others:
        topics.setdefault(each.topic, []).append(each)
    return topics


def _is_found(each: Input, sought: str) -> bool:
    return sought.casefold() in f"{each.label} {each.help} {each.topic} {each.name}".casefold()


def _is_of_application(name: str) -> bool:
    return name.startswith((PREFIX, SPECIAL)) or name in (CLIENT, HISTORY)
