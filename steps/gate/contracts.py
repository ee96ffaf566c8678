"""Two contracts compared: whether the new one accepts every application that the old one accepted."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from steps.gate.check import Check
from steps.run.console import listed

NAME = "contract against the champion"
LISTED = 8  # fields that a finding names
ADVICE = (
    "tell those who send applications, and have them change first; then promote with -P force=REASON. Fields that "
    "training demands are in its run: most_won_by_omission of policy.yaml bounds what leaving a field out may win"
)


@dataclass(frozen=True)
class Accepted:
    """What a version accepts, as plain values, whatever code it was logged with.

    Attributes
    ----------
    contract
        The content of `custom_model.contract.Contract`.
    ranges
        `lowest`, `highest`, `whole` and `special` of each numeric field that has any.
    request_threshold
        What the version does with a request's own threshold: "simulate", "allow" or "forbid".
    has_alternatives
        Whether a request may ask for alternatives.
    """

    contract: Mapping[str, Any]
    ranges: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    request_threshold: str = "simulate"
    has_alternatives: bool = False

    @property
    def numeric(self) -> set[str]:
        return set(self.contract.get("numeric", ()))

    @property
    def texts(self) -> set[str]:
        return set(self.contract.get("categories", ()))

    @property
    def fields(self) -> set[str]:
        return self.numeric | self.texts

    @property
    def required(self) -> set[str]:
        return set(self.contract.get("required", ()))

    @property
    def declared(self) -> set[str]:
        return set(self.contract.get("declared", ()))

    @property
    def id_kind(self) -> str:
        return "text" if self.contract.get("id_is_text") else "a whole number"


def check_contract(new: Accepted, old: Accepted) -> Check:
    """Every application that the champion accepts is accepted by the candidate."""
    breaks = list(narrower(new, old))
    return Check(
        NAME,
        not breaks,
        "; ".join(breaks) or f"{len(old.fields):,} fields, all accepted as before",
        "" if breaks else "no field removed, newly demanded, of another type or a narrower range",
        advice=ADVICE,
    )


def narrower(new: Accepted, old: Accepted) -> Iterator[str]:
    """What the old contract accepts and the new one does not, in words that name the fields."""
    if new.contract["id"] != old.contract["id"]:
        yield f"the id is {new.contract['id']}, not {old.contract['id']}"
    elif new.id_kind != old.id_kind:
        yield f"the id {new.contract['id']} is {new.id_kind}, not {old.id_kind}"
    yield from _named("removed", old.fields - new.fields - {new.contract["id"]})
    yield from _named("a number no longer", old.numeric & new.texts)
    yield from _named("a text no longer", old.texts & new.numeric)
    yield from _named("newly required", new.required - old.required)
    # Where a value was required, one is sent.
    yield from _named("must newly be sent, with a value or null", new.declared - old.declared - old.required)
    narrow = sorted(
        name for name in old.numeric & new.numeric if _is_narrower(new.ranges.get(name, {}), old.ranges.get(name, {}))
    )
    yield from _named("of a narrower range", narrow)
    if new.request_threshold == "forbid" != old.request_threshold:
        yield "a request's own threshold is newly an error"
    if old.has_alternatives and not new.has_alternatives:
        yield "asking for alternatives is newly an error"


def _named(problem: str, fields: Collection[str]) -> Iterator[str]:
    if fields:
        yield f"{problem}: {listed(sorted(fields), LISTED)}"


def _is_narrower(new: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    """Whether a number within the old bounds lies outside the new ones, or one of the old special values does."""
    if new.get("whole") and not old.get("whole"):
        return True
    if not _is_within(old.get("lowest"), new.get("lowest"), 1) or not _is_within(
        old.get("highest"), new.get("highest"), -1
    ):
        return True
    kept = set(new.get("special", ()))
    return any(value not in kept and not _contains(new, value) for value in old.get("special", ()))


def _is_within(old: float | None, new: float | None, side: int) -> bool:
    """Whether a bound is no stricter than before; `side` is 1 for a lowest and -1 for a highest value."""
    return new is None or (old is not None and side * old >= side * new)


def _contains(bounds: Mapping[str, Any], value: float) -> bool:
    return _is_within(value, bounds.get("lowest"), 1) and _is_within(value, bounds.get("highest"), -1)
