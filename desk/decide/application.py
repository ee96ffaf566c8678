"""The application that a form has: its values in the contract's types, and what cannot be read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import Any

from custom_model.texts import MAX_ID_LENGTH
from desk.decide.inputs import PREFIX, SPECIAL, kind_of
from desk.language.catalogue import say
from desk.language.languages import Language
from desk.language.localized import Localized
from desk.served import Version

CLIENT, HISTORY = "client", "history"  # names of inputs
WAS = "was."  # before the name of an input: its value when the decision was made
LOOKED_UP, NONE = "store", "none"  # values of the second


@dataclass(frozen=True)
class Application:
    """A form as a request.

    Attributes
    ----------
    fields : dict
        Of the application, by name, the client's id among them; null where it is declared and there is none.
    has_history : bool
        Whether past loans are looked up; else the lender asked, and there are none.
    wrong : dict of str to Localized
        What cannot be read, by the field's name, in words.
    """

    fields: dict[str, Any]
    has_history: bool
    wrong: dict[str, Localized]

    @property
    def params(self) -> dict[str, str]:
        return {} if self.has_history else {"history": "none"}


def read_application(form: Mapping[str, str], version: Version, language: Language, today: date) -> Application:
    """The application of a form; what it leaves empty is missing."""
    contract = version.contract
    fields: dict[str, Any] = dict.fromkeys(sorted(contract.declared_by_request))
    wrong: dict[str, Localized] = {}
    for name in contract.fields:
        ticked, text = form.get(SPECIAL + name, ""), form.get(PREFIX + name, "").strip()
        try:
            value = _number(ticked) if ticked else _value(text, kind_of(version, name), name in contract.numeric, today)
        except ValueError:
            wrong[name] = Localized(say(language, "decide.unreadable"), language)
            continue
        if value is not None:
            fields[name] = value
    has_history = form.get(HISTORY, LOOKED_UP) != NONE
    client = form.get(CLIENT, "").strip()
    if client:
        fields[contract.id] = _client(client, contract.id_is_text, wrong, language)
    elif has_history and contract.history:
        wrong[CLIENT] = Localized(say(language, "decide.needs_client"), language)
    return Application(fields, has_history, wrong)


def before_and_now(form: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The form that was decided on, and the one that is tried.

    What a trial is never asked for stays as it was: the client, and of sliders alone every answer. An answer that its
    form lacks is none, as of a tick that was taken away.
    """
    was = {name.removeprefix(WAS): value for name, value in form.items() if name.startswith(WAS)}
    is_asked_again = any(name.startswith(PREFIX) for name in form)
    kept = {name: was[name] for name in (CLIENT, HISTORY) if name in was} if is_asked_again else was
    return was, {**kept, **form}


def client_of(text: str, is_text: bool) -> int | str | None:
    """A client's id as the contract has it, None where it cannot be one."""
    if is_text:
        return text or None
    is_number = text.isascii() and text.removeprefix("-").isdecimal() and len(text) <= MAX_ID_LENGTH
    return int(text) if is_number else None


def _client(text: str, is_text: bool, wrong: dict[str, Localized], language: Language) -> int | str | None:
    client = client_of(text, is_text)
    if client is None:
        wrong[CLIENT] = Localized(say(language, "decide.no_client_id"), language)
    return client


def _value(text: str, kind: str, is_number: bool, today: date) -> float | str | None:
    if not text:
        return None
    if kind == "day":
        return float((date.fromisoformat(text) - today).days)
    return _number(text) if is_number else text


def _number(text: str) -> float:
    """A finite number; raises `ValueError` for anything else, of which JSON has none."""
    number = float(text)
    if not isfinite(number):
        raise ValueError(text)
    return number
