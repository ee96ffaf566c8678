"""What the loans with an outcome cost, how well their probabilities ranked them, and how cohorts of them did."""

import numpy as np

from custom_model.costs import Costs
from steps.evaluation.groups import SMALLEST_GROUP
from steps.evaluation.report.document import Block, Estimate, Figures, Paragraph, Shown, Table, number, share
from steps.monitoring.decisions.against_reference import share_with_interval
from steps.monitoring.decisions.periods import COHORTS, periods
from steps.monitoring.observed import Observed
from steps.monitoring.outcomes.loans import Loans
from steps.monitoring.outcomes.maturity import Matured, Maturity
from steps.quality.ranking import auc_with_error
from steps.quality.rates import mean_of_cells
from steps.run.console import counted

TITLE = "Realised cost"
MOST = 24  # cohorts


class Cohort(Figures):
    """Decisions of a month, a quarter or a year; figures of fewer than `SMALLEST_GROUP` are null.

    `loans` have a final outcome; of those are the default rate, the `expected` one, and the costs of a loan.
    """

    start: str
    decisions: int
    granted: Estimate
    loans: int
    default_rate: Estimate
    expected: float | None
    cost_expected: float | None
    cost_realised: float | None


class Realised(Figures):
    """Loans with a final outcome; costs are of a loan, in the unit of the policy's."""

    maturity: Maturity
    loans: int
    default_rate: Estimate
    cost: Estimate
    cost_expected: float | None
    auc: Estimate
    unit: str
    cohorts: list[Cohort]

    @property
    def in_words(self) -> str:
        """Default rate and cost, in a sentence."""
        if not self.loans or self.maturity.has_defaults_alone:
            return "No rate of default can be told."
        return (
            f"Of {counted(self.loans, 'loan')} with a final outcome {self.default_rate.percent()} defaulted. A loan "
            f"cost {self.cost.text()}, and was expected to cost {number(self.cost_expected)}."
        )

    def shown(self) -> Shown:
        blocks: list[Block] = [Paragraph(self.in_words), *self.maturity.paragraphs]
        if self.maturity.has_defaults_alone:
            return Shown(TITLE, blocks)
        if self.auc.value is not None:
            blocks.append(
                Paragraph(
                    f"Among the granted the AUC is {self.auc.text(3)}. Never hold it against the holdout's: only those "
                    "who were granted have an outcome, and among them the probabilities differ less, so that the same "
                    "model ranks them less well."
                )
            )
        header = [self.unit, "decisions", "granted", "outcomes", "defaulted", "expected to default", "cost", "expected"]
        rows = [
            [each.start, f"{each.decisions:,}", each.granted.percent(), f"{each.loans:,}", each.default_rate.percent(),
             share(each.expected), number(each.cost_realised), number(each.cost_expected)]
            for each in self.cohorts
            if each.decisions
        ]  # fmt: skip
        of_whom = (
            "Default rates and costs are of loans: what the refused would have cost nobody sees. Where fewer are "
            "granted, those who remain default less, without any model being better."
        )
        return Shown(TITLE, [*blocks, Paragraph(of_whom), Table(f"By {self.unit} of the decision", header, rows)])


def realised(observed: Observed, loans: Loans, matured: Matured, costs: Costs) -> Realised:
    """Measure the loans, those that people granted among them."""
    rows = matured.counted
    probability, default = observed.decided.probability[rows], matured.default[rows]
    return Realised(
        maturity=matured.figures,
        loans=len(default),
        default_rate=share_with_interval(int(default.sum()), len(default)),
        cost=_cost(default, costs),
        cost_expected=costs.granted(float(probability.mean())) if len(default) else None,
        auc=_auc(probability, default),
        **_cohorts(observed, loans, matured, costs),
    )


def _cost(default: np.ndarray, costs: Costs) -> Estimate:
    if not len(default):
        return Estimate(value=None)
    mean, low, high = mean_of_cells(costs.granted(default), (costs.false_negative,))
    return Estimate(value=mean, low=low, high=high)


def _auc(probability: np.ndarray, default: np.ndarray) -> Estimate:
    auc = auc_with_error(probability, default) if len(default) >= SMALLEST_GROUP else None
    return Estimate(value=None) if auc is None else Estimate.of(auc.value, auc.interval)


def _cohorts(observed: Observed, loans: Loans, matured: Matured, costs: Costs) -> dict:
    split = periods(observed.decided_at, MOST, COHORTS)
    found = []
    for place, start in enumerate(split.labels):
        rows = split.places == place
        final = rows & matured.counted
        found.append(
            _cohort(start, loans.granted[rows], observed.decided.probability[final], matured.default[final], costs)
        )
    return {"unit": split.unit, "cohorts": found}


def _cohort(start: str, granted: np.ndarray, probability: np.ndarray, default: np.ndarray, costs: Costs) -> Cohort:
    decisions, loans = len(granted), len(default)
    is_shown = loans >= SMALLEST_GROUP
    none = Estimate(value=None)
    return Cohort(
        start=start,
        decisions=decisions,
        granted=share_with_interval(int(granted.sum()), decisions) if decisions >= SMALLEST_GROUP else none,
        loans=loans,
        default_rate=share_with_interval(int(default.sum()), loans) if is_shown else none,
        expected=float(probability.mean()) if is_shown else None,
        cost_expected=costs.granted(float(probability.mean())) if is_shown else None,
        cost_realised=costs.granted(float(default.mean())) if is_shown else None,
    )
