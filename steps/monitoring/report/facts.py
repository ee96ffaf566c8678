"""What was watched: the window, its decisions by version, and where history and thresholds came from."""

from datetime import UTC, datetime

import numpy as np

from steps.evaluation.groups import SMALLEST_GROUP
from steps.evaluation.report.document import Figures, Paragraph, Shown, Table, minute, share
from steps.monitoring.observed import Observed
from steps.monitoring.reference import Reference
from steps.run.printable import printable
from steps.traffic.recorded import Span
from steps.traffic.report.facts import counts_by_name


class Facts(Figures):
    """The window that was asked for and the decisions that it has.

    `version` is the number of the watched version, `own` how many decisions it made; `versions` has those of each.
    """

    model: str
    version: str
    source: str
    reference: str
    since: str
    until: str
    first: str
    last: str
    decisions: int
    own: int
    erased: int
    own_thresholds: int
    repeated: int
    versions: dict[str, int]
    history: dict[str, int]
    unknown_fields: dict[str, int]

    @property
    def summary(self) -> list[tuple[str, str]]:
        """Name and value of what heads the page."""
        return [
            ("Model", self.model),
            ("Traffic", f"{self.decisions:,} decisions in {self.source}"),
            ("Window", f"{self.first} to {self.last}, {self._asked}"),
            ("Reference", self.reference),
        ]

    @property
    def _asked(self) -> str:
        """Which decisions were asked for, those between being all that there are."""
        bounds = [f"{word} {moment}" for word, moment in (("from", self.since), ("before", self.until)) if moment]
        return f"all decisions {' and '.join(bounds)}" if bounds else "all decisions on record"

    def shown(self) -> Shown:
        blocks: list[Paragraph | Table] = []
        others = self.decisions - self.own
        if others:
            blocks.append(
                Paragraph(
                    f"{others:,} of the {self.decisions:,} decisions ({share(others / self.decisions)}) were made by "
                    f"other versions than {self.version}. Their inputs are compared as all others; scores, decisions "
                    "and reasons are compared over this version's own."
                )
            )
        if self.erased:
            blocks.append(
                Paragraph(
                    f"{self.erased:,} requests were erased since: their decisions and probabilities count, and none of "
                    "their fields."
                )
            )
        if self.own_thresholds:
            blocks.append(
                Paragraph(
                    f"{self.own_thresholds:,} requests brought a threshold of their own: their decisions are not "
                    "compared with the reference's."
                )
            )
        blocks.append(_counts("Versions that decided", "version", self.versions, self.decisions))
        blocks.append(_counts("Where the history of loans came from", "source", self.history, self.decisions))
        return Shown("Traffic", blocks)


def facts(observed: Observed, reference: Reference, span: Span, version: str, source: str) -> Facts:
    """Count the decisions of a span; `version` is the number of the watched one."""
    return Facts(
        model=f"{span.model_name} version {version}",
        version=version,
        source=source,
        reference=reference.source,
        since=minute(span.since),
        until=minute(span.until),
        first=minute(_moment(observed.decided_at, 0)),
        last=minute(_moment(observed.decided_at, -1)),
        decisions=len(observed),
        own=int((observed.versions == version).sum()),
        erased=int(observed.erased.sum()),
        own_thresholds=int(observed.own_threshold.sum()),
        repeated=int(observed.repeats.sum()),
        versions=counts_by_name(observed.versions, "unregistered"),
        history=counts_by_name(observed.history, "unregistered"),
        unknown_fields={
            printable(name): count for name, count in observed.unknown_fields.items() if count >= SMALLEST_GROUP
        },
    )


def _counts(caption: str, word: str, counts: dict[str, int], total: int) -> Table:
    rows = [[name, f"{count:,}", share(count / total)] for name, count in counts.items()]
    return Table(caption, [word, "decisions", "share"], rows)


def _moment(times: np.ndarray, place: int) -> datetime:
    moment = times[place].astype("datetime64[us]").astype(datetime)
    assert isinstance(moment, datetime)
    return moment.replace(tzinfo=UTC)
