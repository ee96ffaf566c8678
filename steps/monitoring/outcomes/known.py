"""All that labels say of a window, in the order of the report."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Self

from custom_model.costs import Costs
from steps.evaluation.report.document import Figures, Shown
from steps.monitoring.observed import Observed
from steps.monitoring.outcomes.calibration_in_use import CalibrationInUse, calibration_in_use
from steps.monitoring.outcomes.labels import Labels
from steps.monitoring.outcomes.loans import Final, loans_of
from steps.monitoring.outcomes.matched_labels import MatchedLabels
from steps.monitoring.outcomes.matching import matched
from steps.monitoring.outcomes.maturity import Matured, matured
from steps.monitoring.outcomes.overridden import Overridden, overridden
from steps.monitoring.outcomes.realised import Realised, realised
from steps.monitoring.outcomes.refused import Refused, refused
from steps.monitoring.outcomes.vintages import Vintages, vintages
from steps.run.monitoring_limits import MonitoringLimits


class Known(Figures):
    """The sections on outcomes; that of calibration is tested."""

    labels: MatchedLabels
    calibration: CalibrationInUse
    realised: Realised
    refused: Refused
    vintages: Vintages

    def shown(self) -> Iterator[Shown]:
        """The sections as the page shows them."""
        for each in (self.labels, self.calibration, self.realised, self.refused, self.vintages):
            yield each.shown()

    def after(self, alarmed: Collection[str]) -> Self:
        """The same figures, once the tests of all sections are judged together."""
        return self.model_copy(update={"calibration": self.calibration.after(alarmed)})


def known(
    observed: Observed, labels: Labels, final: Final | None, costs: Costs, limits: MonitoringLimits, now: datetime
) -> tuple[Known, Overridden, Matured]:
    """Measure the sections, and what people answered; the final outcomes are for what else asks for them.

    Parameters
    ----------
    observed
        The window.
    labels
        Of the file.
    final
        People's last answers by decision id, None where they are not on record, as in an export.
    costs, limits
        Of today's policy.
    now
        The moment of the report.
    """
    loans = loans_of(observed, final)
    outcomes = matched(labels, observed, loans.granted, now)
    ended = matured(outcomes, observed.decided_at, loans, limits.outcome_months, now)
    sections = Known(
        labels=outcomes.figures,
        calibration=calibration_in_use(observed.decided.probability, loans.by_model, ended, costs, limits),
        realised=realised(observed, loans, ended, costs),
        refused=refused(observed.decided, loans, ended, costs),
        vintages=vintages(observed.decided_at, loans.granted, outcomes),
    )
    return sections, overridden(observed, final, loans, ended), ended
