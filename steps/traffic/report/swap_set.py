"""Requests that are decided otherwise now, and what that would have cost."""

import numpy as np

from custom_model.costs import Costs
from custom_model.rates import QUANTILE, wilson_interval
from steps.evaluation.groups import SMALLEST_GROUP
from steps.evaluation.report.document import Estimate, Figures, Paragraph, Shown, Table, number, share, signed
from steps.quality.figures import realised_cost
from steps.traffic.comparison import Comparison

FEW = f"fewer than {SMALLEST_GROUP}"


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
    is right as far as both are calibrated.
    """

    costs: dict[str, float]
    cost_then: float | None
    cost_now: float | None
    cost_change: Estimate
    known: int
    swapped: list[Swapped]

    def shown(self) -> Shown:
        change = self.cost_change
        header = ["requests", "number", "probability then", "probability now", "change of cost, by then's",
                  "change of cost, by now's", "outcome known", "defaulted", "realised change"]  # fmt: skip
        return Shown(
            "Swap set",
            [
                Paragraph(
                    f"A decision was expected to cost {number(self.cost_then)} and would be expected to cost "
                    f"{number(self.cost_now)}, a change of {signed(change.value)}"
                    f"{f' ({change.interval})' if change.interval else ''}: {self._verdict()} Each is reckoned by the "
                    "probabilities of the version that decides, which is right as far as both are calibrated, and by "
                    f"today's costs: {', '.join(f'{name} {cost:g}' for name, cost in self.costs.items())}."
                ),
                Paragraph(
                    "The changes of cost below are sums. By the probabilities on record every change costs, and by the "
                    "candidate's every change saves, where each decides the cheaper way: what the outcomes say lies in "
                    f"between. They are known of {self.known:,} requests."
                ),
                Table("Requests decided otherwise now", header, [_row(each) for each in self.swapped]),
            ],
        )

    def _verdict(self) -> str:
        low, high = self.cost_change.low, self.cost_change.high
        if low is None or high is None or low <= 0 <= high:
            return "which is cheaper, these requests cannot tell."
        return "the candidate is cheaper beyond doubt." if high < 0 else "the candidate is dearer beyond doubt."


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
