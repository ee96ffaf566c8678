"""Outcomes that are final: a loan without a default is a good one only once it is old enough."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from steps.evaluation.report.document import Figures, Paragraph
from steps.monitoring.outcomes.loans import Loans
from steps.monitoring.outcomes.matching import Outcomes
from steps.run.console import counted

DAYS = 365.25 / 12  # of a month


class Maturity(Figures):
    """How many loans have a final outcome, and why the others have none.

    Attributes
    ----------
    months
        After which a loan is old enough.
    as_of
        The day by which it is: the last one of any label; without dates, that of the report.
    loans, young, unlabelled, early
        All loans; those decided less than `months` before; of the others, those without an outcome, and those without
        a default of which the last look was earlier than `months` after the decision.
    counted
        Loans with a final outcome.
    later_defaults
        Of those, with a default later than `months` after the decision, who count as good.
    is_provisional
        No loan has a final outcome: what is known so far is counted in its place, and nothing is tested.
    has_defaults_alone
        No counted loan is good: the file names defaults, and rates cannot be told.
    """

    months: int
    as_of: str
    loans: int
    young: int
    unlabelled: int
    early: int
    counted: int
    later_defaults: int
    is_provisional: bool
    has_defaults_alone: bool

    @property
    def can_be_tested(self) -> bool:
        return not self.is_provisional and not self.has_defaults_alone

    @property
    def paragraphs(self) -> list[Paragraph]:
        """What is counted, in sentences."""
        if self.has_defaults_alone:
            text = (
                "All loans with an outcome defaulted: the file seems to name defaults alone, and no rate can be told. "
                "Add the loans without one, with the day of the last look."
            )
            return [Paragraph(text, is_warning=True)]
        if self.is_provisional:
            text = (
                f"Provisional: no loan with an outcome is {self.months} months old on {self.as_of} (policy.yaml: "
                f"monitoring.outcome_months). What is known so far of {counted(self.counted, 'loan')} is shown; "
                "more of them will default, and nothing is tested."
            )
            return [Paragraph(text, is_warning=True)]
        return [
            Paragraph(
                f"Counted are {counted(self.counted, 'loan')} decided at least {self.months} months before "
                f"{self.as_of}, by their defaults within {self.months} months ({self.later_defaults:,} defaulted later "
                f"and count as good). Not counted: {self.young:,} younger loans, whatever is known of them, as "
                f"defaults are known before good ends; {self.unlabelled:,} old enough without an outcome; "
                f"{self.early:,} without a default that were last looked at before."
            )
        ]


@dataclass(frozen=True)
class Matured:
    """Final outcomes; arrays are (decisions,).

    Attributes
    ----------
    default
        1 or 0; NaN for what is no loan, or not counted.
    early
        Booleans: loans old enough without a default, last looked at too early to be counted.
    is_old
        Booleans: decisions old enough, all where the figures are provisional.
    figures
        The numbers.
    """

    default: np.ndarray
    early: np.ndarray
    is_old: np.ndarray
    figures: Maturity

    @property
    def counted(self) -> np.ndarray:
        return ~np.isnan(self.default)


def matured(
    outcomes: Outcomes, decided_at: np.ndarray, loans: Loans, months: int, now: datetime | None = None
) -> Matured:
    """The final outcomes of the loans, `months` after each decision; `now` is the report's moment.

    With 12 months and a last label of 2027-03-31, loans decided up to 2026-03-31 are counted: those with a default
    within 365 days as defaults, those last looked at 365 days after or later as good, and so is a label without a date.
    """
    decided = decided_at.astype("datetime64[D]")
    today = np.datetime64((now or datetime.now(UTC)).astimezone(UTC).date(), "D")
    as_of = today if outcomes.last is None else outcomes.last
    horizon = np.timedelta64(round(months * DAYS), "D")
    is_old: np.ndarray = np.asarray(decided + horizon <= as_of)
    known = loans.granted & outcomes.known
    within = np.isnat(outcomes.day) | (outcomes.day <= decided + horizon)
    is_early = known & is_old & (outcomes.default == 0) & (outcomes.day < decided + horizon)
    final = known & is_old & ~is_early
    default = np.where(final, np.where((outcomes.default == 1) & within, 1.0, 0.0), np.nan)
    is_provisional = bool(known.any() and not final.any())
    if is_provisional:
        default = np.where(known, outcomes.default, np.nan)
        is_old, is_early = np.full(len(known), True), np.full(len(known), False)
    counted = ~np.isnan(default)
    figures = Maturity(
        months=months,
        as_of=str(as_of),
        loans=int(loans.granted.sum()),
        young=int((loans.granted & ~is_old).sum()),
        unlabelled=int((loans.granted & is_old & ~known).sum()),
        early=int(is_early.sum()),
        counted=int(counted.sum()),
        later_defaults=int((final & (outcomes.default == 1) & ~within).sum()),
        is_provisional=is_provisional,
        has_defaults_alone=bool(counted.any() and (default[counted] == 1).all()),
    )
    return Matured(default, is_early, is_old, figures)
