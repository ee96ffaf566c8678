"""How each field of the contract is asked for: as a choice, a number or a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from custom_model.meanings import Meaning
from custom_model.ranges import Range
from desk.language.catalogue import say
from desk.language.field_words import digits, help_of, label, level, topic, unit
from desk.language.languages import Language
from desk.language.localized import Localized
from desk.served import Version
from steps.tables.home_credit import APPLICATION, home_credit

Kind = Literal["choice", "number", "day"]
DAYS_BEFORE = "days before the application"  # begins the unit of a day
PREFIX, SPECIAL = "field.", "special."  # of the names of inputs
ANOTHER = "(another)"  # a category that is none of the levels, where rare ones count as one


@dataclass(frozen=True)
class Input:
    """One field as the form shows it.

    Attributes
    ----------
    name : str
        Of the field.
    kind : {"choice", "number", "day"}
        A day stands for the number of days before the application.
    must : bool
        Whether a value must be given.
    options : tuple of (str, str)
        Of a choice: what is sent, and the words for it.
    special : float or None
        A value outside the bounds with a meaning of its own, asked for by a tick.
    value, ticked : str, bool
        What the form has now.
    wrong : Localized or None
        What is wrong with that.
    """

    name: str
    kind: Kind
    must: bool
    label: str
    help: str
    unit: str
    topic: str
    options: tuple[tuple[str, str], ...] = ()
    lowest: float | None = None
    highest: float | None = None
    whole: bool = False
    special: float | None = None
    value: str = ""
    ticked: bool = False
    wrong: Localized | None = None


def asked_first(version: Version) -> list[str]:
    """The fields without which nothing is decided, and those that must be declared, in the order of a form."""
    contract = version.contract
    return _in_order({*contract.required, *contract.declared_by_request}, version)


def asked_else(version: Version) -> list[str]:
    """All other fields of the application, in the same order; past loans are looked up, not asked for."""
    contract = version.contract
    return _in_order(set(contract.fields).difference(asked_first(version), contract.history), version)


def inputs(
    version: Version,
    names: list[str],
    filled: Mapping[str, str],
    wrong: Mapping[str, Localized],
    language: Language,
    today: date,
) -> list[Input]:
    """The inputs of these fields with what the form has; `filled` is by the name of the input."""
    return [_input(version, name, filled, wrong, language, today) for name in names]


def kind_of(version: Version, name: str) -> Kind:
    """How a field is asked for."""
    if name in version.contract.categories or _is_flag(_range(version, name)):
        return "choice"
    meaning = version.scorecard.meanings.get(name)
    return "day" if meaning is not None and meaning.unit.startswith(DAYS_BEFORE) else "number"


def as_filled(version: Version, application: Mapping[str, object], then: date) -> dict[str, str]:
    """The form's values of an application that was made at a day: a day stays the day that it was.

    Without those of `left_out`; a rare category is the one that stands for all such.
    """
    filled: dict[str, str] = {}
    dropped = left_out(version, application)
    for name, value in application.items():
        if value is None or name not in version.contract.column_of or name in dropped:
            continue
        special = _range(version, name).special
        if isinstance(value, int | float) and float(value) in special:
            filled[SPECIAL + name] = digits(float(value))
        elif kind_of(version, name) == "day" and isinstance(value, int | float):
            filled[PREFIX + name] = (then + timedelta(days=float(value))).isoformat()
        elif name in version.contract.rest and value not in version.contract.codes[name]:
            filled[PREFIX + name] = ANOTHER
        else:
            filled[PREFIX + name] = digits(value)
    return filled


def left_out(version: Version, application: Mapping[str, object]) -> list[str]:
    """The fields of an application whose values today's form cannot show: unknown fields and categories."""
    contract = version.contract
    return [
        name
        for name, value in application.items()
        if value is not None
        and name != contract.id
        and (
            name not in contract.column_of
            or (name in contract.codes and name not in contract.rest and value not in contract.codes[name])
        )
    ]


def _input(
    version: Version,
    name: str,
    filled: Mapping[str, str],
    wrong: Mapping[str, Localized],
    language: Language,
    today: date,
) -> Input:
    meaning, bounds, kind = version.scorecard.meanings.get(name), _range(version, name), kind_of(version, name)
    special = bounds.special[0] if bounds.special else None
    return Input(
        name=name,
        kind=kind,
        must=name in version.contract.required,
        label=label(name, language, meaning),
        help=say(language, "decide.day") if kind == "day" else help_of(name, language, meaning),
        unit="" if kind != "number" else unit(name, language, meaning),
        topic=topic(_topic(name, meaning), language),
        options=_options(version, name, language) if kind == "choice" else (),
        lowest=None if kind == "choice" else bounds.lowest,
        highest=None if kind == "choice" else bounds.highest,
        whole=bounds.whole,
        special=special,
        value=filled.get(PREFIX + name, ""),
        ticked=special is not None and filled.get(SPECIAL + name) == digits(special),
        wrong=wrong.get(name),
    )


def _in_order(names: set[str], version: Version) -> list[str]:
    """In the order of Home Credit's form: the loan, the person, work; other fields in that of the contract."""
    order = dict.fromkeys([*home_credit()[APPLICATION].meanings, *version.contract.fields])
    return [name for name in order if name in names]


def _options(version: Version, name: str, language: Language) -> tuple[tuple[str, str], ...]:
    levels = version.contract.categories.get(name)
    if levels is None:
        return (("1", say(language, "frame.yes")), ("0", say(language, "frame.no")))
    shown = [(each, level(name, each, language)) for each in levels]
    if name in version.contract.rest:
        shown.append((ANOTHER, say(language, "decide.other_kind")))
    return tuple(shown)


def _is_flag(bounds: Range) -> bool:
    return bounds.whole and not bounds.special and (bounds.lowest, bounds.highest) == (0, 1)


def _range(version: Version, name: str) -> Range:
    return version.scorecard.ranges.get(name, Range())


def _topic(name: str, meaning: Meaning | None) -> str:
    return name if meaning is None else meaning.topic
