"""Against the champion on the same clients: paired differences, and the clients on whom the two decide differently."""

import numpy as np

from custom_model.costs import Costs
from custom_model.rates import wilson_interval
from steps.evaluation.groups import SMALLEST_GROUP
from steps.evaluation.on_holdout import Evaluation
from steps.evaluation.report.document import Estimate, Figures, Paragraph, Shown, Table, number, signed
from steps.quality.paired import auc_difference, mean_difference

TITLE = "Against the champion"


class Swapped(Figures):
    """Clients on whom two models decide differently.

    `cost_difference` is what this model's decisions on them cost less those of the champion, in the policy's unit, over
    all of them; it and `default_rate` are null for fewer than `SMALLEST_GROUP` clients: they would tell too much.
    """

    clients: int
    default_rate: Estimate
    cost_difference: float | None


class AgainstChampion(Figures):
    """Differences of this model less the champion, on the same clients, and the swap set."""

    champion: str
    clients: int
    auc: Estimate | None
    cost: Estimate
    business_score: float
    champion_auc: float
    champion_cost: float
    refused_only_here: Swapped
    granted_only_here: Swapped

    def shown(self) -> Shown:
        auc = "–" if self.auc is None else signed(self.auc.value)
        interval = "" if self.auc is None else self.auc.interval
        differences = [
            ["AUC", number(self.champion_auc), auc, interval, "above 0: this model ranks better (DeLong)"],
            ["cost per client", number(self.champion_cost), signed(self.cost.value), self.cost.interval,
             "below 0: this model is cheaper (bootstrap of the clients)"],
            ["business score", "", signed(self.business_score), "", "above 0: this model avoids more of the cost"],
        ]  # fmt: skip
        swaps = [
            _row("refused by this model alone", self.refused_only_here),
            _row("granted by this model alone", self.granted_only_here),
        ]
        return Shown(
            TITLE,
            [
                Paragraph(f"The champion is {self.champion}, evaluated with its own code on the same {self.clients:,} "
                          f"clients. {self._verdict()}"),
                Table("Differences of this model less the champion, paired by client",
                      ["figure", "champion", "difference", "95 % interval", "meaning"], differences),
                Table("Swap set: clients whom the two decide differently",
                      ["clients", "number", "default rate", "change of the whole cost"], swaps),
            ],
        )  # fmt: skip

    def _verdict(self) -> str:
        low, high = self.cost.low, self.cost.high
        if low is None or high is None or low <= 0 <= high:
            return "Which of the two is cheaper, these clients cannot tell."
        return "This model is cheaper beyond doubt." if high < 0 else "This model is dearer beyond doubt."


def against_champion(
    evaluation: Evaluation, champion: Evaluation, costs: Costs, bootstraps: int, seed: int
) -> AgainstChampion:
    """Compare two evaluations of the same (clients,) in the same order.

    Raises
    ------
    ValueError
        The evaluations are of different clients.
    """
    if not np.array_equal(evaluation.rows, champion.rows):
        raise ValueError("expected two evaluations of the same clients")
    target, own, other = evaluation.target, evaluation.refused, champion.refused
    mean, low, high = mean_difference(evaluation.cost(costs) - champion.cost(costs), bootstraps, seed)
    auc = None
    if min(target.sum(), (target == 0).sum()) >= 2:
        difference, *ends = auc_difference(evaluation.probability, champion.probability, target)
        auc = Estimate(value=difference, low=ends[0], high=ends[1])
    scores = [each.quality.figures["business_score"] for each in (evaluation, champion)]
    return AgainstChampion(
        champion=champion.model,
        clients=len(target),
        auc=auc,
        cost=Estimate(value=mean, low=low, high=high),
        business_score=scores[0] - scores[1],
        champion_auc=champion.quality.figures["auc"],
        champion_cost=champion.quality.figures["cost"],
        refused_only_here=_swapped(own & ~other, evaluation, champion, costs),
        granted_only_here=_swapped(~own & other, evaluation, champion, costs),
    )


def _swapped(members: np.ndarray, evaluation: Evaluation, champion: Evaluation, costs: Costs) -> Swapped:
    target, count = evaluation.target[members], int(members.sum())
    if count < SMALLEST_GROUP:
        return Swapped(clients=count, default_rate=Estimate(value=None), cost_difference=None)
    paid = [each.cost(costs)[members].sum() for each in (evaluation, champion)]
    observed = np.array([target.mean()])
    low, high = wilson_interval(observed, np.array([count]))
    rate = Estimate(value=float(observed[0]), low=float(low[0]), high=float(high[0]))
    return Swapped(clients=count, default_rate=rate, cost_difference=float(paid[0] - paid[1]))


def _row(name: str, swapped: Swapped) -> list[str]:
    few = f"fewer than {SMALLEST_GROUP} clients" if swapped.clients else ""
    rate = few if swapped.default_rate.value is None else swapped.default_rate.percent()
    return [name, f"{swapped.clients:,}", rate, signed(swapped.cost_difference, 0) if swapped.clients else ""]
