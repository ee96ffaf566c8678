"""Everything of a window that is compared with the reference, and how sure each difference is."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from custom_model.costs import OUTCOMES
from custom_model.rules import HISTORY
from steps.monitoring.alarms import OF_GROUPS, OF_THE_WINDOW, Tested, alarming
from steps.monitoring.bins import Bins
from steps.monitoring.drift.shifts import Pair, Shift, shifts
from steps.monitoring.observed import Observed
from steps.monitoring.reference import Decided, Group, Reference
from steps.run.monitoring_limits import MonitoringLimits
from steps.traffic.comparison import REFUSED

Subject = Literal["field", "history", "score", "decisions", "reason"]
LEVELS = ("known", "new")
"""Of history, as groups have them."""
SCORES = 20


@dataclass(frozen=True)
class Compared:
    """One comparison: what it is of, the counts, and their difference; `group` is None for the whole window."""

    subject: Subject
    pair: Pair
    shift: Shift
    group: Group | None = None

    @property
    def tested(self) -> Tested:
        name = self.pair.name if self.subject in ("field", "reason") else self.subject
        name = f"reason {name}" if self.subject == "reason" else name
        return Tested(
            name if self.group is None else f"{name} of {self.group.attribute} {self.group.name}", self.shift.p
        )


@dataclass(frozen=True)
class Comparisons:
    """All comparisons of a window.

    Parameters
    ----------
    window : list of Compared
        The fields in the reference's order, then history, score, decisions and reasons, as far as there are enough.
    groups : list of Compared
        The same of each group, without history and reasons.
    repeats : Tested or None
        That no more requests are repeated than tolerated; None of too few.
    judged : ndarray
        (decisions,) booleans: those behind score, decisions and reasons.
    level, level_of_groups : float
        The false-alarm rate of `tests` together, and of those of the groups, see `steps.monitoring.alarms`.
    """

    window: list[Compared]
    groups: list[Compared]
    repeats: Tested | None
    judged: np.ndarray
    level: float
    level_of_groups: float

    @cached_property
    def tests(self) -> list[Tested]:
        """Those of `window`, then `repeats`: all of them together are held against `level`."""
        return [*(each.tested for each in self.window), *([self.repeats] if self.repeats else [])]

    @cached_property
    def raised_in_groups(self) -> list[bool]:
        """Which of `groups` raise an alarm."""
        return alarming([each.tested for each in self.groups], self.level_of_groups)


def compare(reference: Reference, observed: Observed, version: str | None, limits: MonitoringLimits) -> Comparisons:
    """Compare a window with a reference: all of which there are `least_decisions`.

    Parameters
    ----------
    reference
        That of the version.
    observed
        The window, counted in the reference's bins.
    version
        The version: score, decisions and reasons are those of its decisions at the policy's own threshold.
    limits
        What is tolerated.
    """
    judged = observed.judged(version)
    asked: list[tuple[Subject, Pair, Group | None]] = [
        *_inputs(reference, observed),
        *_outputs(reference, observed, judged),
        *_groups(reference, observed, judged),
    ]
    enough = [each for each in asked if each[1].window.sum() >= limits.least_decisions and each[1].reference.sum() > 0]
    found = shifts([pair for _, pair, _ in enough], limits.tolerated_psi)
    compared = [Compared(what, pair, shift, group) for (what, pair, group), shift in zip(enough, found, strict=True)]
    return Comparisons(
        [each for each in compared if each.group is None],
        [each for each in compared if each.group is not None],
        _repeats(reference, observed, limits),
        judged,
        limits.false_alarms * OF_THE_WINDOW,
        limits.false_alarms * OF_GROUPS,
    )


def score_bins(reference: Reference) -> tuple[Bins, np.ndarray]:
    """At most `SCORES` of the reference's bins of the score, of about as many clients each; and the first of each.

    The reference has hundreds, for alternatives of the threshold: so many tell a small shift later.
    """
    edges, counts = reference.score.edges or (), np.asarray(reference.decided.scores)[: reference.score.missing]
    below = np.cumsum(counts)[:-1] / max(counts.sum(), 1)
    chosen = np.flatnonzero(np.diff(np.floor(below * SCORES + 1e-9), prepend=0.0) > 0)
    return Bins(tuple(edges[place] for place in chosen)), np.concatenate([[0], chosen + 1])


def _inputs(reference: Reference, observed: Observed) -> Iterator[tuple[Subject, Pair, None]]:
    """The fields, and how many requests come with history, where groups of the reference tell."""
    for name, field in reference.fields.items():
        yield "field", Pair(name, field.counts, observed.fields[name].counts, field.bins.is_number), None
    clients = {each.group.level: each.clients for each in reference.groups if each.group.field == HISTORY}
    if clients:
        members = {each.group.level: each.members for each in observed.groups if each.group.field == HISTORY}
        then = [clients.get(level, 0) for level in LEVELS]
        now = [int((members[level] & ~observed.erased).sum()) if level in members else 0 for level in LEVELS]
        yield "history", Pair("history", _counts(then), _counts(now), is_number=False), None


def _outputs(reference: Reference, observed: Observed, judged: np.ndarray) -> Iterator[tuple[Subject, Pair, None]]:
    for subject, pair in _decided(reference, reference.decided, observed, judged):
        yield subject, pair, None
    refused = np.flatnonzero(judged & (observed.decided.outcome == REFUSED))
    explained = [codes for row in refused.tolist() if (codes := observed.reasons[row])]
    named = Counter(code for codes in explained for code in set(codes))
    for code in sorted({*reference.reasons, *named}):
        then = reference.reasons.get(code, 0)
        counts = _counts([then, reference.explained - then]), _counts([named[code], len(explained) - named[code]])
        yield "reason", Pair(code, *counts, is_number=False), None


def _groups(reference: Reference, observed: Observed, judged: np.ndarray) -> Iterator[tuple[Subject, Pair, Group]]:
    found = {each.group: each for each in observed.groups}
    for group in reference.groups:
        window = found[group.group]
        for name, counts in group.fields.items():
            is_number = reference.fields[name].bins.is_number
            yield "field", Pair(name, counts, window.fields[name], is_number), group.group
        for subject, pair in _decided(reference, group.decided, observed, judged & window.members):
            yield subject, pair, group.group


def _decided(
    reference: Reference, decided: Decided, observed: Observed, rows: np.ndarray
) -> Iterator[tuple[Subject, Pair]]:
    """Score and decisions of some of the window's rows."""
    bins, firsts = score_bins(reference)
    places = np.searchsorted(bins.edges or (), observed.decided.probability[rows], side="right")
    then = np.add.reduceat(np.asarray(decided.scores), firsts)
    yield "score", Pair("score", _counts(then), _counts(np.bincount(places, minlength=len(firsts))), True)
    outcomes = np.bincount(observed.decided.outcome[rows], minlength=len(OUTCOMES))[: len(OUTCOMES)]
    yield (
        "decisions",
        Pair("decisions", _counts(decided.outcomes.get(name, 0) for name in OUTCOMES), _counts(outcomes), False),
    )


def _counts(counts: Iterable[int]) -> np.ndarray:
    """The counts, and none missing."""
    return np.array([*counts, 0])


def _repeats(reference: Reference, observed: Observed, limits: MonitoringLimits) -> Tested | None:
    """Against the reference's share, which grows with the number of those who may be alike, and what is tolerated."""
    from scipy.stats import binom

    requests = int((~observed.erased).sum())
    if requests < limits.least_decisions:
        return None
    share = reference.repeated / max(reference.clients, 1) * max(1.0, requests / max(reference.clients, 1))
    bound = min(share + limits.largest_share_repeated, 1.0)
    repeated = int((observed.repeats & ~observed.erased).sum())
    return Tested("repeated requests", float(binom.sf(repeated - 1, requests, bound)))
