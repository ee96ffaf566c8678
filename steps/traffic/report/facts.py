"""What was replayed, and whether the version that decided decides alike."""

import numpy as np

from steps.evaluation.report.document import Figures, Paragraph, Shown, Table, minute
from steps.traffic.comparison import Comparison
from steps.traffic.recorded import Span


class SameVersion(Figures):
    """Decisions of the candidate itself on record, and how many it decides again alike.

    `same_probability` are the same bit for bit.
    """

    decisions: int
    same_probability: int
    same_decision: int

    @property
    def is_same(self) -> bool:
        return self.decisions == self.same_probability == self.same_decision


class Facts(Figures):
    """The candidate, the traffic, and what of it could not be decided again.

    `since` and `until` are what was asked for, `first` and `last` the times of the decisions that there are.
    """

    candidate: str
    source: str
    model_name: str
    since: str
    until: str
    first: str
    last: str
    requests: int
    erased: int
    versions: dict[str, int]
    own: SameVersion

    @property
    def summary(self) -> list[tuple[str, str]]:
        """Name and value of what heads the page."""
        return [
            ("Candidate", self.candidate),
            ("Traffic", f"{self.requests:,} decisions of {self.model_name} in {self.source}"),
            ("Decided", f"{self.first} to {self.last}"),
            ("By", ", ".join(f"version {name} ({count:,})" for name, count in self.versions.items())),
            ("Erased", f"{self.erased:,} more, whose requests are gone" if self.erased else "none"),
        ]

    def shown(self) -> Shown:
        own = self.own
        if not own.decisions:
            text = "The candidate itself decided none of these requests."
        elif own.is_same:
            text = (
                f"Of its own decisions on record the candidate decides all {own.decisions:,} alike, with the same "
                "probabilities bit for bit: what is replayed is what was served."
            )
        else:
            text = (
                f"Of its own {own.decisions:,} decisions on record the candidate decides "
                f"{own.decisions - own.same_decision:,} otherwise, and gives "
                f"{own.decisions - own.same_probability:,} another probability: other packages than when it was "
                "served, or a changed record; or requests that its own contract refuses."
            )
        rows = [[version, f"{count:,}"] for version, count in self.versions.items()]
        return Shown(
            "Traffic",
            [
                Paragraph(text, is_warning=bool(own.decisions) and not own.is_same),
                Table("Versions that decided", ["version", "decisions"], rows),
            ],
        )


def counts_by_name(values: np.ndarray, missing: str) -> dict[str, int]:
    """The number of each of (decisions,) texts, numbers in their order; None is called as given."""
    names, counts = np.unique(values.astype(str), return_counts=True)
    by_number = sorted(zip(names.tolist(), counts.tolist(), strict=True), key=lambda each: (len(each[0]), each[0]))
    return {missing if name == "None" else name: count for name, count in by_number}


def facts(comparison: Comparison, candidate: str, source: str, span: Span, version: str | None) -> Facts:
    """Count them; `version` is the candidate's number, None where no decision can be its own."""
    return Facts(
        candidate=candidate,
        source=source,
        model_name=span.model_name,
        since=minute(span.since),
        until=minute(span.until),
        first=minute(comparison.period and comparison.period[0]),
        last=minute(comparison.period and comparison.period[1]),
        requests=len(comparison),
        erased=comparison.erased,
        versions=counts_by_name(comparison.versions, "none"),
        own=_own(comparison, version),
    )


def _own(comparison: Comparison, version: str | None) -> SameVersion:
    rows = np.zeros(len(comparison), bool) if version is None else comparison.versions == version
    then, now = comparison.then.of(rows), comparison.now.of(rows)
    return SameVersion(
        decisions=int(rows.sum()),
        same_probability=int((then.probability == now.probability).sum()),
        same_decision=int((then.outcome == now.outcome).sum()),
    )
