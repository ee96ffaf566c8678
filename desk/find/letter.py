"""The letter to a client about a decision: what it says, before it is laid out.

All of it is from the record, from what people put beside it and from policy.yaml: the same decision has the same
letter, whenever it is printed.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from custom_model.decision_log.reader import Row
from desk.find.past_decision import PastDecision
from desk.language.catalogue import say
from desk.language.field_words import label
from desk.language.languages import Language, number
from desk.language.localized import Localized
from desk.language.reason_words import sentence
from desk.problems import Problem
from steps.run.letters import Letters


@dataclass(frozen=True)
class Amount:
    """A field of the loan in words, and its value."""

    words: str
    value: str


@dataclass(frozen=True)
class Letter:
    """What a letter says, in one language.

    Attributes
    ----------
    model : str
        Name and version of the model, in words.
    outcome : str
        What holds: granted or refused.
    decided_at : datetime
        When that was decided.
    person : str
        Who decided it; empty where the model did.
    words : str
        Why, in this person's own words; empty where the model decided.
    reasons : list of Localized
        The model's reasons, the largest first, each with the language that it is in; empty where a person granted.
    asked : list of Amount
        What the client asked for.
    offers : list of list of Amount
        The changes of the loan that would have been granted.
    """

    language: Language
    model: str
    past: PastDecision
    sender: Letters
    outcome: str
    decided_at: datetime
    person: str
    words: str
    reasons: list[Localized]
    asked: list[Amount]
    offers: list[list[Amount]]

    @property
    def untranslated(self) -> int:
        """The number of reasons that are not in the letter's language."""
        return sum(each.lang != self.language for each in self.reasons)

    @property
    def lacks_notices(self) -> bool:
        """Whether policy.yaml has notices for refusals, and none in the letter's language."""
        notices = self.sender.notices
        return self.outcome == "refused" and any(notices.values()) and not notices.get(self.language)


def letter_of(past: PastDecision, sender: Letters, language: Language) -> Letter:
    """The letter of a decision; raises `Problem` where it has none, or none that may be sent."""
    if sender.lacking:
        raise Problem("letter.no_sender", 409, entries=", ".join(f"letters.{name}" for name in sender.lacking))
    if past.is_erased:
        raise Problem("letter.erased", 409)
    last = past.second.overrides[-1] if past.second.overrides else None
    if last is None:
        _check_first(past)
    outcome = past.outcome if last is None else str(last["outcome"])
    is_told_why = outcome == "refused" and (last is None or past.outcome == "refused")
    return Letter(
        language,
        _model(past, language),
        past,
        sender,
        outcome,
        past.record["decided_at"] if last is None else last["decided_at"],
        "" if last is None else str(last["decided_by"]),
        _reason(last),
        [sentence(each["text"], language) for each in past.reasons] if is_told_why else [],
        amounts(past.request, sender.amounts, sender.currency, language),
        [_offer(each, sender, language) for each in past.alternatives] if outcome == "refused" else [],
    )


def has_letter(past: PastDecision) -> bool:
    """Whether a letter can be written about the decision once policy.yaml says who sends it."""
    is_refusal = past.outcome == "refused" and bool(past.reasons)
    return not past.is_erased and (bool(past.second.overrides) or is_refusal)


def amounts(values: dict[str, Any], names: tuple[str, ...], currency: str, language: Language) -> list[Amount]:
    """These fields in words, without those that have no value."""
    return [
        Amount(label(name, language), _money(values[name], currency, language))
        for name in names
        if values.get(name) is not None
    ]


def _model(past: PastDecision, language: Language) -> str:
    name, version = past.record["model_name"], past.record["model_version"]
    return str(name) if version is None else say(language, "letter.model", name=name, version=version)


def _check_first(past: PastDecision) -> None:
    """Raise `Problem` for a decision of the model alone that gets no letter."""
    if past.outcome == "granted":
        raise Problem("letter.granted", 409)
    if past.outcome == "referred":
        raise Problem("letter.waiting", 409)
    if not past.reasons:
        raise Problem("letter.no_reasons", 409)


def _offer(alternative: dict[str, Any], sender: Letters, language: Language) -> list[Amount]:
    """The loan that would have been granted: the amounts that the letter repeats first, then others that move."""
    values = alternative["values"]
    known = tuple(name for name in sender.amounts if name in values)
    others = tuple(name for name in values if name not in known)
    return [*amounts(values, known, sender.currency, language), *amounts(values, others, "", language)]


def _money(value: Any, currency: str, language: Language) -> str:
    text = number(value, language, 0 if value == round(value) else 2) if isinstance(value, int | float) else str(value)
    return f"{text}\u00a0{currency}" if currency else text


def _reason(answer: Row | None) -> str:
    return "" if answer is None or answer["outcome"] == "granted" else str(answer["reason"] or "")
