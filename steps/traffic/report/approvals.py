"""Approvals on record and now, and how the decisions moved."""

import numpy as np

from steps.evaluation.report.document import Estimate, Figures, Paragraph, Shown, Table, share
from steps.quality.paired import mean_difference
from steps.traffic.comparison import KINDS, Comparison

BOOTSTRAPS = 10_000
HEADER = ["on record", *(f"{name} now" for name in KINDS)]


class Approvals(Figures):
    """Shares granted of the requests that both decide, and how many decisions of each kind became which.

    `moved` is by the decision on record, then by that of now; `change` is that of the share granted, with its 95 %
    interval, null without any request.
    """

    requests: int
    then: float | None
    now: float | None
    change: Estimate
    referred_then: float | None
    referred_now: float | None
    moved: dict[str, dict[str, int]]

    def shown(self) -> Shown:
        rows = [[name, *(f"{count:,}" for count in row.values())] for name, row in self.moved.items()]
        return Shown(
            "Approvals",
            [
                Paragraph(
                    f"Of {self.requests:,} requests that the candidate decides, {self.in_words}. To a person: "
                    f"{self.referrals}. The interval is of 95 %: how far chance alone could move the change on so many "
                    "requests."
                ),
                Table("Decisions on record, and what they would be now", HEADER, rows),
                Paragraph("Undecided are requests that the candidate would answer with an error: see Contract."),
            ],
        )

    @property
    def referrals(self) -> str:
        """Both shares referred to a person, in a clause."""
        return f"{share(self.referred_then)} were referred and {share(self.referred_now)} would be"

    @property
    def in_words(self) -> str:
        """Both shares and their change, in a clause."""
        change = self.change
        if change.value is None:
            return "no request is decided by both"
        low, high = change.low, change.high
        sure = "" if low is None or high is None else f" ({_points(low)} to {_points(high)})"
        return (
            f"{share(self.then)} were granted and {share(self.now)} would be, {_points(change.value)}{sure} percentage "
            "points"
        )


def approvals(comparison: Comparison, seed: int) -> Approvals:
    """Measure the approvals."""
    rows = comparison.compared
    then, now = comparison.then.of(rows), comparison.now.of(rows)
    count = int(rows.sum())
    change = Estimate(value=None)
    if count:
        mean, low, high = mean_difference(now.granted.astype(float) - then.granted, BOOTSTRAPS, seed)
        change = Estimate(value=mean, low=low, high=high)
    return Approvals(
        requests=count,
        then=_mean(then.granted),
        now=_mean(now.granted),
        change=change,
        referred_then=_mean(then.referred),
        referred_now=_mean(now.referred),
        moved=_moved(comparison),
    )


def _points(change: float) -> str:
    return f"{100 * change:+.1f}"


def _moved(comparison: Comparison) -> dict[str, dict[str, int]]:
    kinds = len(KINDS)
    pairs = comparison.then.outcome.astype(np.int64) * kinds + comparison.now.outcome
    table = np.bincount(pairs, minlength=kinds * kinds).reshape(kinds, kinds).tolist()
    # On record is what was decided: the last kind is only of now.
    return {name: dict(zip(KINDS, row, strict=True)) for name, row in zip(KINDS[:-1], table, strict=False)}


def _mean(members: np.ndarray) -> float | None:
    return float(members.mean()) if len(members) else None
