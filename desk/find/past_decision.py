"""A decision on record as a page tells it: the sentence, the figures, the fields, and what people said since."""

from dataclasses import dataclass
from math import exp
from typing import Any

from custom_model.costs import Costs
from custom_model.decision_log.reader import Row
from custom_model.decision_log.second_decisions import SecondDecisions
from desk.find.listing import model_label
from desk.language.rule_words import Rule, rules_of


@dataclass(frozen=True)
class PastDecision:
    """A record, and what people put beside it."""

    record: Row
    second: SecondDecisions

    @property
    def id(self) -> str:
        return str(self.record["decision_id"])

    @property
    def outcome(self) -> str:
        return str(self.record["decision"])

    @property
    def version(self) -> str:
        return model_label(self.record)

    @property
    def probability(self) -> float:
        return float(self.record["probability_of_default"])

    @property
    def threshold(self) -> float:
        return float(self.record["threshold"])

    @property
    def costs(self) -> Costs:
        """The policy's costs under which it was decided."""
        record = self.record
        return Costs(
            false_negative=record["cost_false_negative"],
            false_positive=record["cost_false_positive"],
            review=record["cost_review"],
        )

    @property
    def is_erased(self) -> bool:
        return self.record["erased_at"] is not None

    @property
    def awaits(self) -> bool:
        """Whether a person has yet to answer."""
        return self.second.awaits(self.outcome)

    @property
    def rules(self) -> list[Rule]:
        """The rules that decided in place of the threshold."""
        return rules_of(self.record["policy_rules"] or ())

    @property
    def request(self) -> dict[str, Any]:
        """The fields that were decided on: those of the request, and those that the history store added."""
        return {**(self.record["fields"] or {}), **(self.record["history_fields"] or {})}

    @property
    def alternatives(self) -> list[dict[str, Any]]:
        """The changes of the loan that would have been granted."""
        return list(self.record["alternatives"] or ())

    @property
    def reasons(self) -> list[dict[str, Any]]:
        """The reasons, the largest first."""
        return sorted(self.record["reasons"] or (), key=lambda each: -float(each["contribution"]))

    def odds_factor(self, place: int) -> float:
        """What the matter of a reason multiplies the odds of a default by."""
        return exp(self.reasons[place]["contribution"])

    @property
    def events(self) -> list[Row]:
        """Contests and answers in the order in which they came."""
        contested = [{**each, "at": each["contested_at"], "kind": "contest"} for each in self.second.contests]
        answered = [{**each, "at": each["decided_at"], "kind": "answer"} for each in self.second.overrides]
        return sorted([*contested, *answered], key=lambda each: each["at"])
