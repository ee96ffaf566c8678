"""Labels matched to a window's decisions: each label to one decision at most, each decision one outcome at most."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from steps.monitoring.observed import Observed
from steps.monitoring.outcomes.labels import Labels
from steps.monitoring.outcomes.matched_labels import MatchedLabels

NEVER = np.iinfo(np.int64).min  # NaT as a number


@dataclass(frozen=True)
class Outcomes:
    """What the labels say of each decision; arrays are (decisions,).

    Attributes
    ----------
    default
        1 for a default, 0 for none so far, NaN where no label is matched.
    day
        datetime64[D]: of the default, or of the last look at a loan without one; NaT without a date.
    figures
        What became of the labels.
    last
        The last day of any matched label, None without one: what the file knows, it knows as of this day.
    """

    default: np.ndarray
    day: np.ndarray
    figures: MatchedLabels
    last: np.datetime64 | None

    @property
    def known(self) -> np.ndarray:
        return ~np.isnan(self.default)


def matched(labels: Labels, observed: Observed, loans: np.ndarray, now: datetime | None = None) -> Outcomes:
    """Match labels to decisions.

    A label with a decision's id is of that decision, and of no other. One with a client's alone is of the client's last
    loan that was decided on its day or before, without a date of the last one. Days of the future count as `now`, by
    default this moment. Of several labels of one decision a default stays, with its first day; of those without
    one the last look counts.

    Parameters
    ----------
    labels
        Of the file.
    observed
        The window.
    loans
        (decisions,) booleans: whether the client has got the loan, by the decision or by a person's answer after it.
    now
        The moment of the match.
    """
    today = np.datetime64((now or datetime.now(UTC)).astimezone(UTC).date(), "D")
    days = np.where(labels.days > today, today, labels.days)
    place, unused = _assigned(labels, observed, loans, days)
    used = place >= 0
    outcome, day, merged = _merged(place[used], days[used], labels.defaults[used], len(observed))
    known = ~np.isnan(outcome)
    figures = MatchedLabels(
        rows=labels.rows,
        unread=labels.unread,
        **unused,
        of_future=int((used & (labels.days > today)).sum()),
        **merged,
        labelled=int(known.sum()),
        loans=int(loans.sum()),
        loans_labelled=int((loans & known).sum()),
        defaults=int((loans & (outcome == 1)).sum()),
        dated=int((loans & known & ~np.isnat(day)).sum()),
    )
    dated = days[used & ~np.isnat(days)]
    return Outcomes(outcome, day, figures, dated.max() if len(dated) else None)


def _assigned(
    labels: Labels, observed: Observed, loans: np.ndarray, days: np.ndarray
) -> tuple[np.ndarray, dict[str, int]]:
    """(labels,) the place of the decision of each label, -1 without one, and the numbers of those by cause."""
    decided = observed.decided_at.astype("datetime64[D]")
    clients = pd.Index(pd.unique(observed.client_ids[pd.notna(observed.client_ids)]))
    own, asked = clients.get_indexer(observed.client_ids), clients.get_indexer(labels.client_ids)
    by_decision, by_client = pd.notna(labels.decision_ids), pd.notna(labels.client_ids)
    place = _places(observed.decision_ids, labels.decision_ids)
    alone = ~by_decision & (asked >= 0)
    place[alone] = _last_loans(own, decided, loans, asked[alone], days[alone])
    # One more, for the place -1 of a label without a decision.
    owner, decided = np.append(own, -1)[place], np.append(decided, np.datetime64("NaT"))[place]
    other_client = by_decision & by_client & (owner >= 0) & (owner != asked)
    has_loan = np.isin(asked, own[loans])
    before = (days < decided) & ~other_client  # false without a day, or a decision
    before |= alone & (place < 0) & has_loan
    unused = {
        "unknown": (by_decision & (place < 0)) | (~by_decision & (asked < 0)),
        "other_client": other_client,
        "before_decision": before,
        "without_loan": alone & (place < 0) & ~has_loan,
    }
    return np.where(other_client | before, -1, place), {name: int(rows.sum()) for name, rows in unused.items()}


def _places(ids: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """(labels,) the place of the decision with each id, the first one of an export that has it twice; -1 without."""
    codes, distinct = pd.factorize(ids)
    first = np.empty(len(distinct) + 1, np.int64)
    first[codes[::-1]] = np.arange(len(ids))[::-1]
    first[-1] = -1
    place = np.full(len(asked), -1)
    named = pd.notna(asked)
    place[named] = first[pd.Index(distinct).get_indexer(asked[named])]
    return place


def _last_loans(
    own: np.ndarray, decided: np.ndarray, loans: np.ndarray, asked: np.ndarray, days: np.ndarray
) -> np.ndarray:
    """(labels,) the place of the client's last loan decided on the day or before, -1 without one."""
    rows = np.flatnonzero(loans & (own >= 0))
    if not len(rows):
        return np.full(len(asked), -1)
    origin = decided[rows].min()
    span = int((decided[rows].max() - origin).astype(np.int64)) + 2
    keys = own[rows].astype(np.int64) * span + (decided[rows] - origin).astype(np.int64)
    order = np.argsort(keys, kind="stable")  # of one day, the order of the decisions
    after = np.where(np.isnat(days), span - 1, np.clip((days - origin).astype(np.int64), -1, span - 1))
    found = np.searchsorted(keys[order], asked.astype(np.int64) * span + after, side="right") - 1
    place = rows[order][np.maximum(found, 0)]
    return np.where((found >= 0) & (own[place] == asked), place, -1)


def _merged(
    place: np.ndarray, days: np.ndarray, defaults: np.ndarray, decisions: int
) -> tuple[np.ndarray, np.ndarray, dict[str, int]]:
    """One outcome and day a decision, and how many labels came beside it."""
    table = pd.DataFrame({"place": place, "day": days.astype("datetime64[D]").astype(np.int64), "default": defaults})
    single = table.drop_duplicates()
    outcome, day = np.full(decisions, np.nan), np.full(decisions, "NaT", "datetime64[D]")
    bad, good = single[single["default"]], single[~single["default"]]
    # A day that is not known is the least number: it never hides one that is.
    first = bad.assign(day=bad["day"].where(bad["day"] != NEVER)).groupby("place")["day"].min()
    last = good.groupby("place")["day"].max()
    for values, days_of in ((0.0, last), (1.0, first)):
        at = days_of.index.to_numpy()
        outcome[at] = values
        day[at] = days_of.fillna(NEVER).to_numpy(np.int64).astype("datetime64[D]")
    both = first.index.intersection(last.index)
    defaulted, seen_good = first[both].fillna(NEVER).to_numpy(np.int64), last[both].to_numpy(np.int64)
    has_undated = both.isin(good.loc[good["day"] == NEVER, "place"])
    follows = (defaulted != NEVER) & (seen_good < defaulted) & ~has_undated
    return outcome, day, {
        "repeated": len(table) - len(single),
        "more_looks": len(single) - int(single["place"].nunique()),
        "defaulted_later": int(follows.sum()),
        "contradicting": int((~follows).sum()),
    }  # fmt: skip
