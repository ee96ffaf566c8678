"""Requests that are decided otherwise now, and what that would have cost."""

from math import isclose

import numpy as np

from custom_model.costs import Costs
from custom_model.rates import QUANTILE, wilson_interval
from steps.evaluation.groups import SMALLEST_GROUP
from steps.evaluation.report.document import Estimate, Figures, Paragraph, Shown, Table, number, share, signed
from steps.quality.figures import realised_cost
from steps.traffic.comparison import Comparison

FEW = f"fewer than {SMALLEST_GROUP}"
DEARER = "the candidate is dearer beyond doubt"
COSTS = {
    "false_negative": "a granted client who defaults",
    "false_positive": "a refused client who would not default",
    "review": "a person's look",
}


class Swapped(Figures):
    """Requests of one change of decision.

    `probability_then` and `probability_now` are means; the changes of cost are sums over these requests of what the
    decision of now is expected to cost less that on record, by either's probabilities. `known` have an outcome by now,
    of which `default_rate` defaulted; `realised` is the change of what the decisions on them cost. Figures of fewer
    than `SMALLEST_GROUP` requests are null: they would tell too much of one client.
    """

    name: str
    requests: int
    probability_then: float | None
    probability_now: float | None
    cost_change_then: float | None
    cost_change_now: float | None
    known: int
    default_rate: Estimate
    realised: float | None


class SwapSet(Figures):
    """All changes, and the mean expected cost of a decision, each by its own probabilities.

    `cost_change` is the mean of now less that on record, with its 95 % interval: below 0 the candidate is cheaper. It
    is right as far as both are calibrated. `threshold` is the candidate's, `threshold_of_costs` that of today's costs.
    """

    costs: dict[str, float]
    threshold: float | None
    threshold_of_costs: float
    cost_then: float | None
    cost_now: float | None
    cost_change: Estimate
    known: int
    swapped: list[Swapped]

    def shown(self) -> Shown:
        header = ["change", "requests", "mean probability then", "mean probability now",
                  "change of cost, by then's probability", "change of cost, by now's", "outcome known", "defaulted",
                  "realised change of cost"]  # fmt: skip
        return Shown(
            "Swap set",
            [
                Paragraph(f"The expected cost of a decision: {self.in_words}.", is_warning=self.verdict == DEARER),
                *([Paragraph(self._other_threshold)] if self._other_threshold else []),
                Paragraph(
                    "Costs are in the unit of today's policy.yaml: "
                    f"{', '.join(f'{cost:g} for {COSTS[name]}' for name, cost in self.costs.items())}. Each "
                    "decision is reckoned by the probabilities of the version that makes it, which is right as far as "
                    f"both are calibrated: the report of evaluate says whether a version is. {self._reviewed}The "
                    "interval is of 95 %, and holds for one look: who looks again and again follows the traffic in the "
                    "shadow."
                ),
                Paragraph(
                    "The changes of cost below are sums; below 0 the candidate saves. Where either decides the cheaper "
                    "way by its own probabilities, every change costs by those on record and saves by the candidate's: "
                    f"the truth lies between, and the outcomes tell it. They are known of {self.known:,} requests"
                    f"{'' if self.known else ': the option outcomes adds them'}."
                ),
                Table("Requests decided otherwise now", header, [_row(each) for each in self.swapped]),
            ],
        )

    @property
    def _reviewed(self) -> str:
        """What the cost of a referral leaves out, where it has one."""
        return (
            "A referral costs the look alone, as if the person always decided rightly: what people decide wrongly "
            "comes on top. "
            if "review" in self.costs
            else ""
        )

    @property
    def in_words(self) -> str:
        """Both costs, their change and what it says, in a clause."""
        change = self.cost_change
        sure = "" if change.low is None or change.high is None else f" ({change.low:+.4f} to {change.high:+.4f})"
        return (
            f"{number(self.cost_then)} on record, {number(self.cost_now)} by the candidate, {signed(change.value)}"
            f"{sure}: {self.verdict}"
        )

    @property
    def verdict(self) -> str:
        """Whether the candidate is cheaper or dearer, as far as these requests can tell."""
        low, high = self.cost_change.low, self.cost_change.high
        if low is None or high is None or low <= 0 <= high:
            return "these requests cannot tell which is cheaper"
        return "the candidate is cheaper beyond doubt" if high < 0 else DEARER

    @property
    def _other_threshold(self) -> str:
        """A sentence where the candidate was made for other costs than today's; else nothing."""
        if self.threshold is None or isclose(self.threshold, self.threshold_of_costs, rel_tol=1e-9):
            return ""
        return (
            f"The candidate refuses from {self.threshold:.4f} on, where today's costs would from "
            f"{self.threshold_of_costs:.4f}: it was made for other costs, and part of the difference is theirs. To see "
            "the model alone, replay it under today's policy (policy=today)."
        )


def swap_set(comparison: Comparison, costs: Costs, outcomes: np.ndarray | None) -> SwapSet:
    """Measure the changes; `outcomes` are (requests,) 1 for a default, 0 for none, NaN where unknown."""
    rows = comparison.compared
    then, now = comparison.then.of(rows), comparison.now.of(rows)
    known = np.full(int(rows.sum()), np.nan) if outcomes is None else outcomes[rows]
    changes = {
        "granted then, not now": then.granted & ~now.granted,
        "granted now, not then": ~then.granted & now.granted,
        "refused then, referred now": ~then.granted & ~then.referred & now.referred,
        "referred then, refused now": then.referred & ~now.granted & ~now.referred,
    }
    by_then = now.cost(costs, then.probability) - then.cost(costs)
    by_now = now.cost(costs) - then.cost(costs, now.probability)
    outcome = np.nan_to_num(known)
    realised = realised_cost(now.refused, outcome, costs, now.referred) - realised_cost(
        then.refused, outcome, costs, then.referred
    )
    swapped = []
    for name, members in changes.items():
        count, seen = int(members.sum()), members & ~np.isnan(known)
        enough = count >= SMALLEST_GROUP
        swapped.append(
            Swapped(
                name=name,
                requests=count,
                probability_then=float(then.probability[members].mean()) if enough else None,
                probability_now=float(now.probability[members].mean()) if enough else None,
                cost_change_then=float(by_then[members].sum()) if enough else None,
                cost_change_now=float(by_now[members].sum()) if enough else None,
                known=int(seen.sum()),
                default_rate=_rate(known[seen]),
                realised=float(realised[seen].sum()) if seen.sum() >= SMALLEST_GROUP else None,
            )
        )
    cost_then, cost_now = then.cost(costs), now.cost(costs)
    return SwapSet(
        threshold=float(np.median(now.threshold)) if len(cost_now) else None,
        threshold_of_costs=costs.threshold,
        costs={name: float(cost) for name, cost in costs.model_dump(exclude_none=True).items()},
        cost_then=float(cost_then.mean()) if len(cost_then) else None,
        cost_now=float(cost_now.mean()) if len(cost_now) else None,
        cost_change=_mean_with_interval(cost_now - cost_then),
        known=int((~np.isnan(known)).sum()),
        swapped=swapped,
    )


def _mean_with_interval(differences: np.ndarray) -> Estimate:
    if len(differences) < 2:
        return Estimate(value=float(differences.mean()) if len(differences) else None)
    mean, half = float(differences.mean()), QUANTILE * float(differences.std(ddof=1)) / np.sqrt(len(differences))
    return Estimate(value=mean, low=mean - half, high=mean + half)


def _rate(outcomes: np.ndarray) -> Estimate:
    if len(outcomes) < SMALLEST_GROUP:
        return Estimate(value=None)
    low, high = wilson_interval(np.array([outcomes.mean()]), np.array([len(outcomes)]))
    return Estimate(value=float(outcomes.mean()), low=float(low[0]), high=float(high[0]))


def _row(each: Swapped) -> list[str]:
    few = FEW if 0 < each.requests < SMALLEST_GROUP else ""
    return [
        each.name,
        f"{each.requests:,}",
        few or share(each.probability_then),
        share(each.probability_now),
        signed(each.cost_change_then, 1),
        signed(each.cost_change_now, 1),
        f"{each.known:,}",
        each.default_rate.percent(),
        signed(each.realised, 1),
    ]
