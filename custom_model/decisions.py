"""The decision: granted, refused or referred, with the figures behind it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Literal, NamedTuple, NotRequired, cast

import numpy as np
from typing_extensions import TypedDict  # pydantic's schema needs it before Python 3.12

from custom_model.alternatives import Alternative, Alternatives
from custom_model.applications import Applications
from custom_model.contract import Contract
from custom_model.costs import Outcome, is_refused
from custom_model.features import BLOCK, Features
from custom_model.garbage import collection_paused
from custom_model.history.completed import Source, request_sources
from custom_model.identifiers import uuid7_texts
from custom_model.params import RequestParams
from custom_model.ranges import Extremes
from custom_model.reasons import MAX_REASONS, Explainer, Explanation, Reason
from custom_model.rules import UNUSUAL, Action, Findings, RuleBook
from custom_model.scorecard import Scorecard
from custom_model.scorer import Scorer

MatrixOf = Callable[[list[int]], np.ndarray]  # (rows, features) of these applications
REVIEW = "costs: review"  # in `policy_rules`
BY_RULE: dict[Action, Outcome] = {"refuse": "refused", "refer": "referred"}


class Decision(TypedDict):
    """The answer to one application.

    Attributes
    ----------
    client_id : int, str or None
        The request's id of the client, None without one.
    decision : {"granted", "refused", "referred"}
        Refused means ``is_refused(probability_of_default, threshold)``, unless `policy_rules` decide; referred to a
        person, who decides in place of the model.
    probability_of_default : float
        Calibrated, between 0 and 1.
    threshold : float
        Lowest probability that is refused, between 0 and 1.
    threshold_source : {"policy", "request"}
        Whether the threshold follows from the policy's costs or is the request's own.
    expected_cost_granted, expected_cost_refused : float
        Expected cost of each decision, in the unit of the policy's costs.
    expected_cost_referred : float
        Cost of a person's look, in the same unit; only where the policy has one.
    reasons : list of Reason
        At most four, largest contribution (in log-odds) first; empty where not requested.
    unknown_categories : list of str
        Fields with a category never seen in training, which counts as missing; none where rare levels count as one.
    unusual : list of str
        Fields with a number outside what training saw.
    missing : list of str
        The policy's groups of information that the application lacks.
    policy_rules : list of str
        The policy's rules that decided in place of the threshold, as "rule: cause"; empty where the threshold did.
    history : {"request", "store", "none"}
        Source of the client's past loans: the request, the history store, or neither.
    model : str
        "name/version" of the model.
    decision_id : str
        UUID version 7, the key of the decision's record; sorts by time.
    simulated : bool
        True for a simulation, which is no decision: never recorded, never counted.
    recorded : bool
        True once the record is durable in the decision log.
    score : int
        The probability in points, higher for a lower risk; only where the policy has a scale for them.
    alternatives : list of Alternative
        Only where asked for: of a refused client, for each field of the loan that the policy lets move, the smallest
        change that is granted; empty where none is, and for other decisions.
    explanation : Explanation
        Only where asked for: what each topic contributes to the probability.
    """

    client_id: int | str | None
    decision: Outcome
    probability_of_default: float
    threshold: float
    threshold_source: Literal["policy", "request"]
    expected_cost_granted: float
    expected_cost_refused: float
    reasons: list[Reason]
    unknown_categories: list[str]
    unusual: list[str]
    missing: list[str]
    policy_rules: list[str]
    history: Source
    model: str
    decision_id: str
    simulated: bool
    recorded: bool
    score: NotRequired[int]
    expected_cost_referred: NotRequired[float]
    alternatives: NotRequired[list[Alternative]]
    explanation: NotRequired[Explanation]


@dataclass(frozen=True)
class Decider:
    """Decides applications by one model.

    Parameters
    ----------
    contract : Contract
        Fields of an application.
    scorecard : Scorecard
        Calibration, costs, reason texts and the scale of the score.
    features : Features
        Features of the booster, computed from the contract's fields.
    scorer : Scorer
        Calibrated probabilities and contributions.
    explainer : Explainer
        Reasons from contributions.
    rules : RuleBook
        Rules of the policy that decide in place of the threshold.
    model : str
        "name/version" of the model, repeated in each decision.
    """

    contract: Contract
    scorecard: Scorecard
    features: Features
    scorer: Scorer
    explainer: Explainer
    rules: RuleBook
    model: str

    def decide(
        self,
        applications: Applications,
        params: RequestParams,
        sources: list[Source] | None = None,
        extremes: Extremes | None = None,
    ) -> list[Decision]:
        """Decide each application.

        Parameters
        ----------
        applications : Applications
            Valid applications, completed with history where there is a store.
        params : RequestParams
            The request's own threshold, which decisions to explain, and whether it is a simulation.
        sources : list of {"request", "store", "none"}, optional
            Source of each application's history; without it, the request is the only possible one.
        extremes : Extremes, optional
            Of the values; known already, they save a look at all of them.

        Returns
        -------
        list of Decision
            One for each application, in their order, not yet recorded. Where no rule of the policy decides, refused
            means ``is_refused(probability_of_default, threshold)``: at costs of 10 and 1 the threshold is 0.0909, and
            a probability of 0.1 is refused, at an expected cost of 0.9 in place of 1.0. Under the policy's threshold a
            client is referred where both decisions are expected to cost more than the policy's review.

        Raises
        ------
        ValueError
            For applications that were validated against a contract with another number of fields.
        """
        return rows_of(self.columns(applications, params, sources, extremes))

    def columns(
        self,
        applications: Applications,
        params: RequestParams,
        sources: list[Source] | None = None,
        extremes: Extremes | None = None,
    ) -> dict[str, list]:
        """The decisions of `decide` by field: lists with a value for each application; no field of no application."""
        if not len(applications):
            return {}
        judged = self.judged(applications, params.threshold, extremes)
        probabilities, findings, outcomes = judged.probabilities, judged.findings, judged.outcomes
        costs = self.scorecard.costs
        threshold = costs.threshold if params.threshold is None else params.threshold
        explained = self._explained(judged.matrix_of, outcomes, params)
        reasons = self._reasons(explained, judged, params.reasons, applications.unknown)
        sources = sources or request_sources(self.contract, applications.values)
        p, rows = np.array(probabilities, np.float64), len(applications)
        with collection_paused(rows):
            columns: dict[str, list] = {
                "client_id": applications.ids,
                "decision": outcomes,
                "probability_of_default": probabilities,
                "threshold": [threshold] * rows,
                "threshold_source": ["policy" if params.threshold is None else "request"] * rows,
                "expected_cost_granted": costs.granted(p).tolist(),
                "expected_cost_refused": costs.refused(p).tolist(),
                "reasons": [reasons.get(row, []) for row in range(rows)],
                "unknown_categories": [applications.unknown.get(row, []) for row in range(rows)],
                "unusual": [[*each.unusual] for each in findings],
                "missing": [[*each.missing] for each in findings],
                "policy_rules": [[*each.fired] for each in findings],
                "history": sources,
                "model": [self.model] * rows,
                "decision_id": uuid7_texts(rows),
                "simulated": [params.simulate] * rows,
                "recorded": [False] * rows,
            }
        scale = self.scorecard.score
        if scale is not None:
            columns["score"] = [scale.points(each) for each in probabilities]
        if costs.review is not None:
            columns["expected_cost_referred"] = [costs.review] * rows
        if params.explanation == "topics":
            expected = self.scorer.expected_log_odds
            columns["explanation"] = [
                Explanation(expected_log_odds=expected, topics=self.explainer.topics(contributions))
                for contributions in explained.contributions  # of all rows
            ]
        if params.alternatives == "refused":
            columns["alternatives"] = self._found_alternatives(outcomes, applications, params.threshold)
        return columns

    def _found_alternatives(
        self, outcomes: list[Outcome], applications: Applications, threshold: float | None
    ) -> list[list[Alternative]]:
        def judge(variants: Applications) -> tuple[list[float], list[Outcome]]:
            judged = self.judged(variants, threshold)
            return judged.probabilities, judged.outcomes

        rows = [row for row, outcome in enumerate(outcomes) if outcome == "refused"]
        found = self._alternatives.find(applications, rows, judge)
        return [found.get(row, []) for row in range(len(outcomes))]

    @cached_property
    def _alternatives(self) -> Alternatives:
        scorecard = self.scorecard
        return Alternatives(self.contract, scorecard.alternatives, scorecard.ranges, scorecard.costs)

    def judged(
        self, applications: Applications, threshold: float | None = None, extremes: Extremes | None = None
    ) -> "Judged":
        """The figures and the decision of each application, under the request's own threshold if it has one.

        `extremes` of the values, where they are known already, save a look at all of them.
        """
        matrix_of, probabilities = self._scored(applications.values)
        findings = self.rules.findings(applications, extremes)
        if threshold is None:
            findings = self._reviewed(probabilities, findings)
        applied = self.scorecard.costs.threshold if threshold is None else threshold
        return Judged(matrix_of, probabilities, findings, _outcomes(probabilities, applied, findings))

    def _scored(self, values: np.ndarray) -> tuple[MatrixOf, list[float]]:
        """The features of any rows, and the probability of each row; those of many rows are not all in memory."""
        if len(values) <= BLOCK:
            matrix = self.features.matrix(values)
            return matrix.__getitem__, self.scorer.probabilities(matrix)
        probabilities = chain.from_iterable(map(self.scorer.probabilities, self.features.blocks(values)))
        return lambda rows: self.features.matrix(values[rows]), [*probabilities]

    def _reviewed(self, probabilities: list[float], findings: list[Findings]) -> list[Findings]:
        """The findings, and a referral where no rule decides and a person's look costs less than either decision."""
        costs = self.scorecard.costs
        if costs.review is None:
            return findings
        return [
            Findings(finding.missing, finding.unusual, [REVIEW], "refer")
            if finding.action == "decide" and costs.needs_review(probability)
            else finding
            for probability, finding in zip(probabilities, findings, strict=True)
        ]

    def _with_rules(self, finding: Findings, reasons: list[Reason]) -> list[Reason]:
        """The reasons after those of the rules where they refuse: the principal ones."""
        if finding.action != "refuse":
            return reasons
        fields = [cause for rule, _, cause in (each.partition(": ") for each in finding.fired) if rule == UNUSUAL]
        return [*(self._unusual(name) for name in fields), *reasons][:MAX_REASONS]

    def _unusual(self, name: str) -> Reason:
        meaning = self.scorecard.meanings.get(name)
        what = name if meaning is None else meaning.description[0].lower() + meaning.description[1:].rstrip(".")
        return Reason(code="UNUSUAL", feature=name, text=f"An unusual value is stated: {what}", contribution=0.0)

    def outcomes(self, applications: Applications) -> list[Outcome]:
        """The decision of each application under the policy's own threshold, without the figures behind it."""
        return self.judged(applications).outcomes

    def _explained(self, matrix_of: MatrixOf, outcomes: list[Outcome], params: RequestParams) -> "Explained":
        """The rows that are explained: contributions cost ten times the score."""
        is_for_all = params.explanation == "topics" or params.reasons == "all"
        rows = [row for row, outcome in enumerate(outcomes) if is_for_all or _is_explained(outcome, params.reasons)]
        if not rows:
            return NOTHING_EXPLAINED
        features = matrix_of(rows)
        return Explained(rows, features, self.scorer.contributions(features))

    def reasons(self, judged: "Judged", unknown: dict[int, list[str]], scope: str) -> dict[int, list[Reason]]:
        """The reasons of the judged applications in this scope of params, by row; `unknown` as in `Applications`."""
        explained = self._explained(judged.matrix_of, judged.outcomes, RequestParams(reasons=scope))
        return self._reasons(explained, judged, scope, unknown)

    def _reasons(
        self, explained: "Explained", judged: "Judged", scope: str, unknown: dict[int, list[str]]
    ) -> dict[int, list[Reason]]:
        """Reasons by row, for the rows in scope only."""
        places = [place for place, row in enumerate(explained.rows) if _is_explained(judged.outcomes[row], scope)]
        if not places:
            return {}
        rows, features, contributions = explained
        if len(places) < len(rows):
            rows, features, contributions = [rows[each] for each in places], features[places], contributions[places]
        found = self.explainer.reasons_of_rows(
            contributions, np.ascontiguousarray(features), [unknown.get(row, ()) for row in rows]
        )
        return {row: self._with_rules(judged.findings[row], each) for row, each in zip(rows, found, strict=True)}


class Judged(NamedTuple):
    """Of each application its probability, findings of the rules, and decision; `matrix_of` has some rows' features."""

    matrix_of: MatrixOf
    probabilities: list[float]
    findings: list[Findings]
    outcomes: list[Outcome]


class Explained(NamedTuple):
    """The rows that are explained, and of each its features and their contributions."""

    rows: list[int]
    features: np.ndarray
    contributions: np.ndarray


NOTHING_EXPLAINED = Explained([], np.empty((0, 0)), np.empty((0, 0)))


def rows_of(columns: dict[str, list]) -> list[Decision]:
    """The decisions of these fields, one for each place in their lists."""
    with collection_paused(len(next(iter(columns.values()), []))):
        return [cast(Decision, dict(zip(columns, row, strict=True))) for row in zip(*columns.values(), strict=True)]


def columns_of(decisions: Sequence[Decision]) -> dict[str, list]:
    """The fields of decisions that have the same ones, as `rows_of` takes them."""
    return {name: [each[name] for each in decisions] for name in decisions[0]} if decisions else {}  # type: ignore[literal-required]


def _is_explained(outcome: Outcome, scope: str) -> bool:
    """Whether a decision has reasons in this scope of params."""
    return scope == "all" or (scope == "refused" and outcome != "granted")


def _outcomes(probabilities: list[float], threshold: float, findings: list[Findings]) -> list[Outcome]:
    """The decisions of the threshold, or of a rule in its place."""
    outcomes: list[Outcome] = ["refused" if is_refused(each, threshold) else "granted" for each in probabilities]
    for row, finding in enumerate(findings):
        if finding.action != "decide":
            outcomes[row] = BY_RULE[finding.action]
    return outcomes
