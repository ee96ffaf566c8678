"""Vintage curves: the share of a cohort's loans that has defaulted by so many months after the decision."""

import numpy as np

from steps.evaluation.groups import SMALLEST_GROUP
from steps.evaluation.report.document import UNKNOWN, Figures, Paragraph, Picture, Shown, Table, share
from steps.monitoring.decisions.periods import COHORTS, periods
from steps.monitoring.outcomes.matching import Outcomes
from steps.monitoring.outcomes.maturity import DAYS
from steps.run.console import counted

TITLE, PICTURE = "Vintage curves", "vintage_curves"
MOST = 24  # cohorts
MONTHS = 60  # after the decision
COLUMNS = (1, 3, 6, 9, 12, 18, 24, 36, 48, 60)  # months of the table


class Vintage(Figures):
    """One cohort: the cumulative default rate 0, 1, 2, ... months after the decision.

    It ends where fewer than `SMALLEST_GROUP` loans are watched on; `at_risk` are those watched at each month.
    """

    start: str
    loans: int
    rates: list[float]
    at_risk: list[int]


class Vintages(Figures):
    """All cohorts of at least `SMALLEST_GROUP` loans; `undated` loans have an outcome without a date."""

    unit: str
    loans: int
    undated: int
    has_defaults_alone: bool
    vintages: list[Vintage]

    def shown(self) -> Shown:
        undated = f" {counted(self.undated, 'loan')} with an outcome but no date are left out." if self.undated else ""
        if not self.vintages:
            return Shown(TITLE, [Paragraph(f"{self._why_none}{undated}")])
        longest = max(len(each.rates) for each in self.vintages)
        months = [each for each in COLUMNS if each < longest]
        rows = [
            [each.start, f"{each.loans:,}", *(share(each.rates[at]) if at < len(each.rates) else UNKNOWN
                                              for at in months)]
            for each in self.vintages
        ]  # fmt: skip
        text = (
            f"Shares of loans that have defaulted, by months after the decision, of {counted(self.loans, 'loan')} "
            "whose outcome has a date (Kaplan and Meier 1958: a loan without one is watched until its last look). "
            f"A curve ends where fewer than {SMALLEST_GROUP} loans are watched. They are of loans alone: where "
            f"fewer were granted the curve is lower, without any model being better.{undated}"
        )
        caption = "One line a cohort, darker ones later: a line above the earlier ones is a worse vintage."
        return Shown(
            TITLE,
            [
                Paragraph(text),
                Picture(PICTURE, "Cumulative default rates by months since the decision, by cohort", caption, "wide"),
                Table(
                    f"Defaulted by so many months after the decision, by its {self.unit}",
                    [self.unit, "loans", *map(str, months)],
                    rows,
                ),
            ],
        )

    @property
    def _why_none(self) -> str:
        if self.has_defaults_alone:
            return "There are no curves: the file names defaults alone, and not how long good loans were watched."
        if not self.loans:
            return "There are no curves: no label of a loan has a date."
        return f"There are no curves: no cohort has {SMALLEST_GROUP} loans with the date of their outcome."


def vintages(decided_at: np.ndarray, granted: np.ndarray, outcomes: Outcomes) -> Vintages:
    """The curves of the loans (`granted`) with a dated outcome, by the month of the decision, or longer cohorts."""
    known = granted & outcomes.known
    dated = known & ~np.isnat(outcomes.day)
    default = outcomes.default[dated] == 1
    days = (outcomes.day[dated] - decided_at[dated].astype("datetime64[D]")).astype(np.int64)
    split = periods(decided_at[dated], MOST, COHORTS)
    alone = bool(len(default) and default.all())
    curves = [
        _vintage(start, days[split.places == place], default[split.places == place])
        for place, start in enumerate([] if alone else split.labels)
    ]
    return Vintages(
        unit=split.unit,
        loans=len(default),
        undated=int((known & ~dated).sum()),
        has_defaults_alone=alone,
        vintages=[each for each in curves if each.loans >= SMALLEST_GROUP],
    )


def _vintage(start: str, days: np.ndarray, default: np.ndarray) -> Vintage:
    last = np.sort(days)
    ends = np.floor(np.arange(MONTHS + 1) * DAYS).astype(np.int64)
    watched = len(days) - np.searchsorted(last, ends, side="left")  # on the day of the month's end, or longer
    months = max(int((watched >= SMALLEST_GROUP).sum()), 1)
    rates = cumulative_default_rate(days, default, ends[:months])
    return Vintage(start=start, loans=len(days), rates=rates.tolist(), at_risk=watched[:months].tolist())


def cumulative_default_rate(days: np.ndarray, default: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """The share that has defaulted up to each of `ends`, by the product limit (Kaplan and Meier 1958).

    Parameters
    ----------
    days, default
        (loans,) days to the default, or the last look, and which of both it is.
    ends
        (points,) days, ascending.

    Returns
    -------
    ndarray
        (points,) shares. Of 4 loans one defaults on day 10, one is last seen on day 20, and one of the 2 left defaults
        on day 30: 1/4 from day 10 on, 1 - 3/4 x 1/2 = 5/8 from day 30 on.
    """
    moments, defaults = np.unique(days[default], return_counts=True)
    at_risk = len(days) - np.searchsorted(np.sort(days), moments, side="left")
    survival = np.concatenate([[1.0], np.cumprod(1 - defaults / at_risk)])
    return 1 - survival[np.searchsorted(moments, ends, side="right")]
