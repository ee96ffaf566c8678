"""The whole report of a window: its sections in their order, and what of them is a metric."""

from collections.abc import Iterator

from steps.evaluation.report.document import Estimate, Figures, LeftOut, Paragraph, Shown
from steps.monitoring.alarms import Alarm
from steps.monitoring.decisions.expected import ExpectedCost
from steps.monitoring.decisions.fairness import Fairness
from steps.monitoring.outcomes.known import Known
from steps.monitoring.outcomes.overridden import Overridden
from steps.monitoring.report.drift import Drift, ShiftFigures
from steps.monitoring.report.effects import Effects
from steps.monitoring.report.facts import Facts
from steps.monitoring.report.feeds import Feeds
from steps.run.console import counted


class MonitoringReport(Figures):
    """All figures of a window; the page shows these and no others. `form` counts the versions of this form."""

    form: int = 1
    facts: Facts
    cost: ExpectedCost
    feeds: Feeds
    drift: Drift
    effects: Effects
    fairness: Fairness
    outcomes: Known | LeftOut
    overridden: Overridden

    @property
    def alarms(self) -> list[Alarm]:
        """What a person has to act on, broken feeds first: what else is found may come from them."""
        known = [] if isinstance(self.outcomes, LeftOut) else self.outcomes.calibration.alarms
        return [*self.feeds.alarms, *self.cost.alarms, *known, *self.fairness.alarms, *self.drift.alarms]

    @property
    def verdict(self) -> str:
        """In a clause: how many alarms."""
        if self.alarms:  # decisions are tested also where too many requests were erased
            return counted(len(self.alarms), "alarm")
        if not self.feeds.is_tested:
            return f"too few to be tested: {counted(self.feeds.requests, 'request')} on record"
        return "no alarm"

    @property
    def summary(self) -> list[tuple[str, str]]:
        """Name and value of what heads the page."""
        return [
            *self.facts.summary,
            ("Verdict", self.verdict),
            ("Expected cost", self.cost.cost_in_words),
            ("Approvals", self.cost.granted_in_words),
        ]

    def shown(self) -> Iterator[Shown]:
        """The sections as the page shows them."""
        for section in (self.feeds, self.cost, self.drift, self.effects, self.fairness):
            yield section.shown()
        if isinstance(self.outcomes, LeftOut):
            yield Shown("Outcomes", [Paragraph(self.outcomes.left_out)])
        else:
            yield from self.outcomes.shown()
        yield self.overridden.shown()
        yield self.facts.shown()

    @property
    def metrics(self) -> dict[str, float]:
        """The figures that the runs have as metrics; what is not known is none."""
        found: dict[str, float | None] = {
            "decisions": self.facts.decisions,
            "erased": self.facts.erased,
            "repeated": self.facts.repeated,
            "fields": len(self.drift.fields),
            "drifted_fields": len(self.drift.drifted),
            "largest_psi": max((each.psi for each in self.drift.fields), default=None),
            "score_psi": _psi(self.drift.score),
            "decisions_psi": _psi(self.drift.outcomes),
            **_estimate("expected_cost", self.cost.cost),
            "reference_cost": self.cost.reference_cost,
            **_estimate("approval_rate", self.cost.granted),
            "reference_approval_rate": self.cost.reference_granted,
            "least_approval_ratio": min(
                (each.ratio.value for each in self.fairness.groups if each.ratio.value is not None), default=None
            ),
            "people_answered": self.overridden.answers,
        }
        if not isinstance(self.outcomes, LeftOut):
            realised, calibration = self.outcomes.realised, self.outcomes.calibration
            found |= {
                "outcomes": self.outcomes.labels.loans_labelled,
                "final_outcomes": realised.loans,
                **_estimate("default_rate", realised.default_rate),
                **_estimate("realised_cost", realised.cost),
                "auc_of_granted": realised.auc.value,
                **_estimate("defaults_to_expected", calibration.ratio),
                "calibration_z": calibration.z,
                "cost_best_case": self.outcomes.refused.best,
                "cost_worst_case": self.outcomes.refused.worst,
                "cost_by_score": self.outcomes.refused.by_score,
            }
        return {name: float(value) for name, value in found.items() if value is not None}

    @property
    def psi(self) -> dict[str, float]:
        """The population stability index of each field that the model uses."""
        return {each.name: each.psi for each in self.drift.fields if each.is_used}


def _psi(shift: ShiftFigures | LeftOut) -> float | None:
    return shift.psi if isinstance(shift, ShiftFigures) else None


def _estimate(name: str, figure: Estimate) -> dict[str, float | None]:
    return {name: figure.value, f"{name}_low": figure.low, f"{name}_high": figure.high}
