"""The expected cost of a window's decisions by their own probabilities, without outcomes, and the share granted."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from custom_model.costs import Costs
from steps.evaluation.groups import SMALLEST_GROUP
from steps.evaluation.report.document import Estimate, Figures, Paragraph, Picture, Shown, Table, number, share
from steps.monitoring.alarms import Alarm, Tested
from steps.monitoring.decisions.against_reference import (
    mean_with_interval,
    p_of_change,
    p_of_increase,
    share_with_interval,
)
from steps.monitoring.decisions.alternatives import Alternative, alternatives
from steps.monitoring.decisions.periods import periods
from steps.monitoring.observed import Observed
from steps.monitoring.reference import Reference
from steps.monitoring.watched import Watched
from steps.run.monitoring_limits import MonitoringLimits

TITLE, COST, APPROVAL = "Expected cost", "expected cost", "approvals"
PICTURES = "expected_cost_over_time", "approval_over_time"
MOST = 60  # periods of a window
ACTION = (
    "look for broken feeds and drifted inputs first; where the applications have truly changed, train again on newer "
    "ones, and ask whether policy.yaml's costs still hold"
)


class Period(Figures):
    """One of equally long periods: figures are null with fewer than `SMALLEST_GROUP` decisions."""

    start: str
    decisions: int
    cost: Estimate
    granted: Estimate


class ExpectedCost(Watched):
    """Mean expected cost of a decision, in the unit of the policy's costs, and the share granted.

    `cost_p` and `granted_p` are null where nothing is tested. `largest_increase` is a share of the reference's cost,
    `largest_change` one of the decisions. `referred` are shares that go to a person; `false_negative`, `false_positive`
    and `review` are the policy's costs, whose unit all costs have. `other_versions` are
    decisions by version, other than the one watched.
    """

    decisions: int
    least_decisions: int
    cost: Estimate
    reference_cost: float
    largest_increase: float
    cost_p: float | None
    granted: Estimate
    reference_granted: float
    largest_change: float
    granted_p: float | None
    referred: float | None = None
    reference_referred: float = 0.0
    false_negative: float
    false_positive: float
    review: float | None = None
    unit: str
    periods: list[Period]
    alternatives: list[Alternative]
    own_thresholds: int
    other_versions: dict[str, int]

    @property
    def tested(self) -> list[Tested]:
        pairs = ((COST, self.cost_p), (APPROVAL, self.granted_p))
        return [Tested(name, p) for name, p in pairs if p is not None]

    @property
    def alarms(self) -> list[Alarm]:
        words = {COST: ("cost", self.cost_in_words), APPROVAL: ("approval", self.granted_in_words)}
        found = [words[name] for name in self.alarmed]
        return [Alarm(kind, f"{each}, beyond what policy.yaml tolerates", ACTION) for kind, each in found]

    @property
    def cost_in_words(self) -> str:
        """The mean and the reference's, in a clause."""
        if self.cost.value is None:
            return "There is no decision in the window"
        change = self.cost.value / self.reference_cost - 1
        return (
            f"A decision is expected to cost {self.cost.text()}, {change:+.1%} against the reference's "
            f"{number(self.reference_cost)}"
        )

    @property
    def granted_in_words(self) -> str:
        """The share granted and the reference's, in a clause."""
        grants = (
            f"{self.granted.percent()} of the decisions are grants, {share(self.reference_granted)} in the reference"
        )
        if not self.referred and not self.reference_referred:
            return grants
        return f"{grants}; {share(self.referred)} go to a person, {share(self.reference_referred)} in the reference"

    @property
    def has_course(self) -> bool:
        """Whether there are two periods with figures, so that a line over time shows something."""
        return sum(each.cost.value is not None for each in self.periods) > 1

    @property
    def cheapest(self) -> Alternative | None:
        """The way to decide that is expected to cost least, the decisions as they are among them."""
        return min(self.alternatives, key=lambda each: each.cost, default=None)

    def shown(self) -> Shown:
        sentences = [
            self._judged(COST, self.cost_in_words),
            self._judged(APPROVAL, self.granted_in_words),
            Paragraph(self._unit_in_words),
        ]
        if self.decisions < self.least_decisions:
            sentences.append(
                Paragraph(
                    f"Nothing is tested: the window has {self.decisions:,} decisions, and policy.yaml asks for "
                    f"{self.least_decisions:,} (monitoring.least_decisions)."
                )
            )
        if self.own_thresholds:
            sentences.append(Paragraph(f"{self.own_thresholds:,} decisions are by a threshold of their request's own."))
        if self.other_versions:
            named = ", ".join(f"version {name} ({count:,})" for name, count in self.other_versions.items())
            sentences.append(Paragraph(f"Other versions decided, too, by their own probabilities: {named}."))
        bands = (
            "The intervals are of 95 %: how far chance moves the mean of so many decisions, by which applications "
            "come. They take the probabilities as calibrated; only outcomes can tell whether they are."
        )
        return Shown(TITLE, [*sentences, *self._alternatives(), Paragraph(bands), *self._over_time()])

    def _judged(self, name: str, words: str) -> Paragraph:
        """A figure, with what to do where it raises an alarm."""
        if name not in self.alarmed:
            return Paragraph(f"{words}.")
        return Paragraph(f"{words}, beyond what policy.yaml tolerates: {ACTION}.", is_warning=True)

    @property
    def _unit_in_words(self) -> str:
        text = (
            f"The unit is that of policy.yaml's costs: a granted client who defaults costs {self.false_negative:g}, a "
            f"refused one who would have paid {self.false_positive:g}. With a probability of default p a grant is "
            f"expected to cost {self.false_negative:g} × p, a refusal {self.false_positive:g} × (1 - p)."
        )
        if not self.referred:
            return text
        if self.review is not None:
            return f"{text} A decision that goes to a person costs the review, {self.review:g}."
        return f"{text} A decision that goes to a person counts as the threshold alone would decide, their time apart."

    def _alternatives(self) -> list[Paragraph | Table]:
        if self.cheapest is None:
            return []
        text = (
            f"By the same probabilities the cheapest is: {self.cheapest.name}. Alternatives decide by a threshold "
            "alone, without the policy's rules."
        )
        rows = [[each.name, share(each.granted), number(each.cost)] for each in self.alternatives]
        return [Paragraph(text), Table("The same requests decided otherwise", ["decided", "granted", "cost"], rows)]

    def _over_time(self) -> list[Picture | Table]:
        rows = [
            [each.start, f"{each.decisions:,}", each.cost.text(), each.granted.percent()]
            for each in self.periods
            if each.decisions
        ]
        table = Table(f"By {self.unit}", [self.unit, "decisions", "expected cost", "granted"], rows)
        if not self.has_course:
            return [table]
        caption = f"Each point is one {self.unit} of at least {SMALLEST_GROUP} decisions, with its 95 % interval."
        cost, approval = PICTURES
        return [
            Picture(cost, "Expected cost over time, with the reference's", f"{caption} Dashed: the reference.", "wide"),
            Picture(approval, "The share granted over time, with the reference's", f"{caption} Dashed: the reference.",
                    "wide"),
            table,
        ]  # fmt: skip


def expected_cost(
    observed: Observed, reference: Reference, costs: Costs, limits: MonitoringLimits, version: str | None = None
) -> ExpectedCost:
    """Measure a window; `version` is the one that is watched, None where its number is not known.

    Figures are of all decisions; tested are those that the version made at the policy's threshold, as the reference's.
    """
    cost, granted, then = observed.decided.cost(costs), observed.decided.granted, reference.decided
    hits, count = int(granted.sum()), len(observed)
    own = observed.judged(version)
    own_hits, own_count = int(granted[own].sum()), int(own.sum())
    is_tested = own_count >= limits.least_decisions
    split = periods(observed.decided_at, MOST)
    before = then.outcomes["granted"]
    return ExpectedCost(
        decisions=count,
        least_decisions=limits.least_decisions,
        cost=mean_with_interval(cost),
        reference_cost=then.expected_cost,
        largest_increase=limits.largest_increase_of_cost,
        cost_p=p_of_increase(cost[own], then.expected_cost, then.clients, limits.largest_increase_of_cost)
        if is_tested
        else None,
        granted=share_with_interval(hits, count),
        reference_granted=before / then.clients,
        largest_change=limits.largest_change_of_approval,
        granted_p=p_of_change(own_hits, own_count, before, then.clients, limits.largest_change_of_approval)
        if is_tested
        else None,
        referred=float(observed.decided.referred.mean()) if count else None,
        reference_referred=then.outcomes["referred"] / then.clients,
        false_negative=costs.false_negative,
        false_positive=costs.false_positive,
        review=costs.review,
        unit=split.unit,
        periods=[
            _period(label, cost[split.places == place], granted[split.places == place])
            for place, label in enumerate(split.labels)
        ],
        alternatives=alternatives(observed.decided, reference.threshold, costs) if count else [],
        own_thresholds=int(observed.own_threshold.sum()),
        other_versions=_others(observed.versions, version),
    )


def _period(start: str, cost: np.ndarray, granted: np.ndarray) -> Period:
    count = len(cost)
    if count < SMALLEST_GROUP:
        return Period(start=start, decisions=count, cost=Estimate(value=None), granted=Estimate(value=None))
    return Period(
        start=start,
        decisions=count,
        cost=mean_with_interval(cost),
        granted=share_with_interval(int(granted.sum()), count),
    )


def _others(versions: np.ndarray, version: str | None) -> Mapping[str, int]:
    if version is None:
        return {}
    counts = pd.Series(versions, dtype=object).fillna("none").value_counts(sort=False).sort_index()
    return {str(name): int(count) for name, count in counts.items() if name != version}
