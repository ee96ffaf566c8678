"""The rules of a policy that decided in place of the threshold, as pages tell them."""

from collections.abc import Iterable
from dataclasses import dataclass

NAMED = ("unusual_values", "least_information", "costs")  # those that have words of their own


@dataclass(frozen=True)
class Rule:
    """A rule that decided: the key of its words, and what it found, such as a field."""

    words: str
    cause: str


def rules_of(fired: Iterable[str]) -> list[Rule]:
    """The rules of an answer's `policy_rules`, each as "unusual_values: EXT_SOURCE_3"."""
    parted = [each.partition(": ") for each in fired]
    return [Rule(f"find.rule_{name}" if name in NAMED else "find.rule_other", cause) for name, _, cause in parted]
