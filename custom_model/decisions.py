"""The decision: granted or refused, with all that it was judged by."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from typing_extensions import TypedDict  # pydantic, which writes its schema, takes typing's from 3.12 on

from custom_model.applications import Applications
from custom_model.contract import Contract
from custom_model.costs import is_refused
from custom_model.features import Features
from custom_model.history.completed import Source, sources_sent
from custom_model.identifiers import uuid7
from custom_model.params import RequestParams
from custom_model.reasons import Explainer, Reason
from custom_model.scorecard import Scorecard
from custom_model.scorer import Scorer


class Decision(TypedDict):
    """One answer. Costs are in the policy's unit; `threshold_source` is "policy" or "request"."""

    client_id: int | str | None
    decision: Literal["granted", "refused"]
    probability_of_default: float
    threshold: float
    threshold_source: Literal["policy", "request"]
    expected_cost_granted: float
    expected_cost_refused: float
    reasons: list[Reason]
    unknown_categories: list[str]
    history: Source
    model: str
    decision_id: str
    recorded: bool


@dataclass(frozen=True)
class Decider:
    """Judges applications: refused where the probability of default reaches the threshold."""

    contract: Contract
    scorecard: Scorecard
    features: Features
    scorer: Scorer
    explainer: Explainer
    model: str

    def decide(
        self, applications: Applications, params: RequestParams, sources: list[Source] | None = None
    ) -> list[Decision]:
        """One decision for each application, in their order; `sources` says where each one's history is from.

        Without `sources` it can only be from the request.
        """
        if not len(applications):
            return []
        matrix = self.features.matrix(applications.values)
        probabilities = self.scorer.probabilities(matrix)
        costs = self.scorecard.costs
        threshold = costs.threshold if params.threshold is None else params.threshold
        refused = [is_refused(probability, threshold) for probability in probabilities]
        reasons = self._reasons(matrix, refused, params.reasons)
        sources = sources or sources_sent(self.contract, applications.values)
        return [
            Decision(
                client_id=applications.ids[row],
                decision="refused" if refused[row] else "granted",
                probability_of_default=probability,
                threshold=threshold,
                threshold_source="policy" if params.threshold is None else "request",
                expected_cost_granted=costs.granted(probability),
                expected_cost_refused=costs.refused(probability),
                reasons=reasons.get(row, []),
                unknown_categories=applications.unknown.get(row, []),
                history=sources[row],
                model=self.model,
                decision_id=str(uuid7()),
                recorded=False,
            )
            for row, probability in enumerate(probabilities)
        ]

    def _reasons(self, matrix: np.ndarray, refused: list[bool], wanted: str) -> dict[int, list[Reason]]:
        """Reasons by row. TreeSHAP costs hundreds of times the score: only the wanted rows are explained."""
        if wanted == "none":
            return {}
        rows = [row for row in range(len(refused)) if wanted == "all" or refused[row]]
        if not rows:
            return {}
        contributions = self.scorer.contributions(matrix[rows])
        return {row: self.explainer.reasons(contributions[place], matrix[row]) for place, row in enumerate(rows)}
