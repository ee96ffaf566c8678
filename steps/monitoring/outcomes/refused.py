"""The part of the cost that no outcome tells, that of the refused: its bounds, and its expectation by the score."""

import numpy as np

from custom_model.costs import Costs
from steps.evaluation.report.document import Figures, Paragraph, Shown, Table, number, share
from steps.monitoring.outcomes.loans import Loans
from steps.monitoring.outcomes.maturity import Matured
from steps.traffic.comparison import Decisions

TITLE = "Cost with the refused"


class Refused(Figures):
    """The mean cost of a decision, the refused ones among them, of decisions old enough for an outcome.

    All loans are taken to cost what those with an outcome do; the cases differ by the refused, whose cost nobody sees.
    `corrected` takes their probabilities times the ratio of defaults to those expected among the loans. `referred`
    decisions that nobody is known to have answered cost a review, or are left out where that has no cost. Costs are
    null where no loan has an outcome.
    """

    decisions: int
    loans: int
    refused: int
    referred: int
    best: float | None = None
    worst: float | None = None
    by_score: float | None = None
    corrected: float | None = None
    expected: float | None = None

    def shown(self) -> Shown:
        if self.best is None:
            return Shown(TITLE, [Paragraph("No loan has an outcome: not even a part of the cost is realised.")])
        rows = [
            ["best case", "all of the refused would have defaulted", number(self.best)],
            ["by the score", "the refused would have defaulted as foretold", number(self.by_score)],
            ["corrected", "as the loans did: so many times as foretold", number(self.corrected)],
            ["worst case", "none of the refused would have defaulted", number(self.worst)],
            ["expected", "by the probabilities alone, loans as well", number(self.expected)],
        ]
        text = (
            f"A decision cost between {number(self.best)} and {number(self.worst)}. "
            f"{share(self.refused / self.decisions)} were refused, and nobody sees how those would have ended: the "
            "bounds hold whatever they would have done, and what lies between is by the score. A score that is right "
            "of the loans need not be right of the refused, so this part is bounded, not measured."
        )
        return Shown(TITLE, [Paragraph(text), Table("Mean cost of a decision", ["case", "if", "cost"], rows, words=2)])


def refused(decided: Decisions, loans: Loans, matured: Matured, costs: Costs) -> Refused:
    """Bound the cost of the decisions that are old enough."""
    granted = loans.granted & matured.is_old
    referred = decided.referred & ~loans.granted & matured.is_old
    turned_down = matured.is_old & ~granted & ~referred
    reviews, review = (0, 0.0) if costs.review is None else (int(referred.sum()), costs.review)
    decisions = int(granted.sum() + turned_down.sum()) + reviews
    seen, foretold = matured.counted, decided.probability[turned_down]
    found = Refused(decisions=decisions, loans=int(granted.sum()), refused=len(foretold), referred=int(referred.sum()))
    if not seen.any() or matured.figures.has_defaults_alone:
        return found
    rate, of_loans = float(matured.default[seen].mean()), float(decided.probability[seen].mean())

    def mean(rate_of_loans: float, of_refused: np.ndarray) -> float:
        """By the default rate of the loans, and (refused,) probabilities of default."""
        whole = costs.granted(rate_of_loans) * found.loans + float(costs.refused(of_refused).sum()) + reviews * review
        return whole / decisions

    corrected = np.minimum(foretold * rate / of_loans, 1.0) if of_loans else foretold
    return found.model_copy(
        update={
            "best": mean(rate, np.ones(len(foretold))),
            "worst": mean(rate, np.zeros(len(foretold))),
            "by_score": mean(rate, foretold),
            "corrected": mean(rate, corrected),
            "expected": mean(of_loans, foretold),
        }
    )
