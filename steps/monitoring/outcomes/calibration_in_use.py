"""Defaults of the loans that the model granted against those that its probabilities foretold."""

import numpy as np

from custom_model.costs import Costs
from steps.evaluation.groups import SMALLEST_GROUP
from steps.evaluation.report.document import Block, Estimate, Figures, Paragraph, Picture, Shown, Table, number, share
from steps.monitoring.alarms import Alarm, Tested
from steps.monitoring.decisions.against_reference import share_with_interval
from steps.monitoring.outcomes.maturity import Matured, Maturity
from steps.monitoring.outcomes.miscalibration import p_of_miscalibration, ratio_to_expected
from steps.monitoring.watched import Watched
from steps.run.console import counted
from steps.run.monitoring_limits import MonitoringLimits

TITLE, NAME, PICTURE = "Calibration in use", "calibration", "calibration_in_use"
TENTHS = 10


class Tenth(Figures):
    """Loans of similar probability: the mean one, and the default rate."""

    loans: int
    expected: float
    realised: Estimate


class CalibrationInUse(Watched):
    """Loans that the model granted and nobody overruled, with a final outcome.

    `expected` are defaults, the sum of the probabilities; `ratio` is defaults over those. `z` is their difference in
    standard deviations. `ratio_with_early` counts loans that were last looked at too early as good. Costs are those of
    a grant. `p` is null where nothing is tested.
    """

    maturity: Maturity
    loans: int
    least_loans: int
    defaults: int
    expected: float
    z: float | None
    ratio: Estimate
    ratio_with_early: float | None
    tolerated: float
    p: float | None
    cost_expected: float | None
    cost_realised: float | None
    tenths: list[Tenth]

    @property
    def tested(self) -> list[Tested]:
        return [] if self.p is None else [Tested(NAME, self.p)]

    @property
    def alarms(self) -> list[Alarm]:
        action = (
            "train again on loans with their outcomes; until then the threshold of the costs is applied to wrong "
            "probabilities, and decisions are dearer than they could be"
        )
        return [Alarm(name, f"{self.verdict}, beyond what policy.yaml tolerates", action) for name in self.alarmed]

    @property
    def verdict(self) -> str:
        """How many defaults there were for those expected, and what that says of the probabilities, in a clause."""
        ratio = self.ratio
        if ratio.value is None or ratio.low is None or ratio.high is None:
            return "No loan that the model granted has an outcome that counts"
        costs = f"each grant cost {number(self.cost_realised)} where {number(self.cost_expected)} was expected"
        start = f"Defaults are {ratio.text(2)} times those expected"
        if self.maturity.is_provisional:
            return f"{start}, so far"
        if ratio.low <= 1 <= ratio.high:
            return f"{start}: as far as {counted(self.loans, 'loan')} can tell, the probabilities are right; {costs}"
        return f"{start}: the probabilities are too {'low' if ratio.low > 1 else 'high'}; {costs}"

    def shown(self) -> Shown:
        if not self.loans:
            return Shown(TITLE, [Paragraph(f"{self.verdict}.")])
        if self.maturity.has_defaults_alone:
            return Shown(TITLE, self.maturity.paragraphs)
        rows = [
            [str(place), f"{each.loans:,}", share(each.expected), each.realised.percent()]
            for place, each in enumerate(self.tenths, 1)
        ]
        header = ["from the lowest", "loans", "expected to default", "defaulted"]
        picture = Picture(
            PICTURE,
            "Default rates of loans by their probability, against the expected ones",
            "Loans of similar probability, with 95 % intervals: above the line more defaulted than was foretold.",
            "small",
        )
        blocks: list[Block] = [Paragraph(f"{self.verdict}.", NAME in self.alarmed)]
        blocks += [] if self.maturity.can_be_tested else self.maturity.paragraphs
        blocks.append(Paragraph(self._method))
        if rows:
            blocks += [picture, Table("By probability", header, rows)]
        return Shown(TITLE, blocks)

    @property
    def _method(self) -> str:
        """How sure the verdict is, and of whom."""
        test = (
            f"z is {self.z or 0.0:+.2f}; so many defaults, or so few, have p {self.p:.3g} where the true probabilities "
            f"are up to {self.tolerated:.0%} off."
            if self.p is not None
            else f"Nothing is tested with fewer than {self.least_loans:,} such loans, or provisional outcomes."
        )
        early = (
            f" If those last looked at too early were all good, the ratio would be {number(self.ratio_with_early, 2)}; "
            "the test takes the milder of both."
            if self.maturity.early
            else ""
        )
        return (
            f"{test}{early} Of the granted alone this is known: where the score alone refuses, calibration among them "
            "holds for them, and says nothing of higher probabilities. Defaults are taken as independent, given the "
            "probabilities: in a downturn many come at once, and that is a finding, not noise."
        )


def calibration_in_use(
    probability: np.ndarray, by_model: np.ndarray, matured: Matured, costs: Costs, limits: MonitoringLimits
) -> CalibrationInUse:
    """Judge (decisions,) probabilities by the outcomes of the loans `by_model`."""
    rows = by_model & matured.counted
    foretold, defaults = probability[rows], int(matured.default[rows].sum())
    early = probability[by_model & matured.early]
    loans, expected = len(foretold), float(foretold.sum())
    spread = float(np.sqrt((foretold * (1 - foretold)).sum()))
    is_tested = matured.figures.can_be_tested and loans >= limits.least_decisions
    tolerated = limits.worst_miscalibration
    # Whether loans last looked at too early ended well is not known: an alarm holds either way.
    ends = [foretold, np.append(foretold, early)] if len(early) else [foretold]
    p = max(p_of_miscalibration(each, defaults, tolerated) for each in ends) if is_tested else None
    return CalibrationInUse(
        maturity=matured.figures,
        loans=loans,
        least_loans=limits.least_decisions,
        defaults=defaults,
        expected=expected,
        z=(defaults - expected) / spread if spread else None,
        ratio=ratio_to_expected(defaults, expected),
        ratio_with_early=defaults / (expected + float(early.sum())) if expected else None,
        tolerated=tolerated,
        p=p,
        cost_expected=costs.granted(expected / loans) if loans else None,
        cost_realised=costs.granted(defaults / loans) if loans else None,
        tenths=_tenths(foretold, matured.default[rows]),
    )


def _tenths(probability: np.ndarray, default: np.ndarray) -> list[Tenth]:
    """Tenths of the loans by probability, or fewer parts of at least `SMALLEST_GROUP`."""
    parts = min(TENTHS, len(probability) // SMALLEST_GROUP)
    if not parts:
        return []
    return [
        Tenth(
            loans=len(rows),
            expected=float(probability[rows].mean()),
            realised=share_with_interval(int(default[rows].sum()), len(rows)),
        )
        for rows in np.array_split(np.argsort(probability, kind="stable"), parts)
    ]
