"""A challenger in the shadow: it decides what comes, beside the log, and the evidence on its expected cost grows.

Each of its decisions is a row beside the one on record, in one transaction with the evidence after it: a shadow that
was killed goes on where it ended, and decides nothing twice.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
from sqlalchemy.exc import IntegrityError

from custom_model.costs import Costs
from custom_model.decision_log.reader import Records, Row, not_in_shadow, of_model, window
from steps.quality.betting import Evidence, after
from steps.run.console import UserError
from steps.traffic.comparison import KINDS, NOT_DECIDED, Comparison, compared
from steps.traffic.deciding import Decided, Declared, requests_of
from steps.traffic.recorded import SCHEMA, Span, batch_of

ROWS = 100  # of a transaction: servers that write to an SQLite file wait for no more than its few milliseconds
LATE = timedelta(hours=1)  # a decision is on record seconds after its time; a clock may go wrong by more

Ask = Callable[[pa.RecordBatch], pa.RecordBatch]


@dataclass(frozen=True)
class Shadow:
    """A challenger beside a log.

    Attributes
    ----------
    records
        The log.
    span
        The decisions beside which it decides.
    name
        Of the challenger.
    costs
        By which its decisions are compared: with others the evidence begins anew.
    declared
        What the requests on record declared.
    """

    records: Records
    span: Span
    name: str
    costs: Costs
    declared: Declared

    @property
    def key(self) -> str:
        """The shadow's name on record: challenger and costs."""
        costs = self.costs.model_dump(exclude_none=True).values()
        return f"{self.name} at {':'.join(repr(each).removesuffix('.0') for each in costs)}"

    @property
    def evidence(self) -> Evidence:
        """What all of its decisions add up to."""
        newest = self.records.newest_shadow(self.key)
        return Evidence() if newest is None else Evidence.of(newest)

    def catch_up(self, ask: Ask, whole: bool = False) -> Iterator[int]:
        """Decide what it has not; yields the number of decisions after each transaction.

        Without `whole` only what came since its last decision, or up to `LATE` before; the first time, all.

        Raises
        ------
        UserError
            Another process decides in this shadow.
        """
        newest = self.records.newest_shadow(self.key)
        place, evidence = (0, Evidence()) if newest is None else (newest["place"], Evidence.of(newest))
        since = self.span.since
        if newest is not None and not whole:
            # A clock that was ahead for one decision must not hide all that come until its time is there.
            last = min(newest["decided_at"], newest["shadowed_at"])
            since = max(filter(None, (since, last - LATE)))
        where = window(until=self.span.until) & of_model(self.span.model_name) & not_in_shadow(self.key)
        for page in self.records.pages(SCHEMA.names, where, ROWS, since):
            record = batch_of(page)
            record = record.filter(record["fields"].is_valid())  # erased since
            answers = ask(requests_of(record, self.declared, 0.0))
            rows = self._rows(compared([Decided(record, answers, 0)]), record, place, evidence)
            if rows:
                self._add(rows)
                place, evidence = rows[-1]["place"], Evidence.of(rows[-1])
                yield len(rows)

    def _add(self, rows: list[Row]) -> None:
        try:
            self.records.add_shadows(rows)
        except IntegrityError:
            raise UserError(f"follow: another process decides for {self.key} in this log: end one of the two") from None

    def _rows(self, pair: Comparison, record: pa.RecordBatch, place: int, evidence: Evidence) -> list[Row]:
        """The rows of one batch, with the evidence after each."""
        decided = pair.compared
        then, now = pair.then.of(decided), pair.now.of(decided)
        changes = now.cost(self.costs) - then.cost(self.costs)
        steps = iter(after(evidence, changes, self._bound(now.threshold), -self._bound(then.threshold)))
        costs, shadowed_at, rows = iter(changes.tolist()), datetime.now(UTC), []
        times = record["decided_at"].to_pylist()
        for row in range(len(pair)):
            is_decided = pair.now.outcome[row] != NOT_DECIDED
            if is_decided:
                evidence = next(steps)
            rows.append(
                {
                    "shadow": self.key,
                    "place": place + row + 1,
                    "decision_id": pair.decision_ids[row],
                    "decided_at": times[row],
                    "shadowed_at": shadowed_at,
                    "decision": KINDS[pair.now.outcome[row]],
                    "probability_of_default": float(pair.now.probability[row]) if is_decided else None,
                    "threshold": float(pair.now.threshold[row]) if is_decided else None,
                    "cost_change": next(costs) if is_decided else None,
                    **asdict(evidence),
                }
            )
        return rows

    def _bound(self, threshold: np.ndarray) -> np.ndarray:
        """(requests,) what a decision under this threshold is expected to cost at most, whatever the probability.

        A grant is of a probability below the threshold; a rule of the policy may refuse, or refer, at any.
        """
        review = self.costs.review or 0.0
        return np.maximum(self.costs.granted(threshold), max(self.costs.false_positive, review))


def in_words(evidence: Evidence) -> str:
    """What the evidence says, in a clause."""
    if evidence.mean is None:
        return "nothing is compared yet"
    cheaper, dearer = evidence.capital
    verdict = (
        "cheaper beyond doubt"
        if evidence.is_cheaper
        else "dearer beyond doubt"
        if evidence.is_dearer
        else "neither cheaper nor dearer beyond doubt"
    )
    return (
        f"{evidence.compared:,} compared, expected cost {evidence.mean:+.4f} a decision: {verdict} "
        f"(evidence {cheaper:.3g} for cheaper, {dearer:.3g} for dearer; 40 is beyond doubt)"
    )
