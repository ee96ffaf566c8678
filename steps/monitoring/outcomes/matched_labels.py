"""What became of the labels of a file: how many are matched, and why the others are not."""

from collections.abc import Iterator

from steps.evaluation.report.document import Figures, Paragraph, Shown, Table
from steps.monitoring.outcomes.labels import Unread
from steps.run.console import counted

TITLE = "Labels"


class MatchedLabels(Figures):
    """Rows of the file by what became of them, and decisions with an outcome.

    Each row has one fate: it is `unread`, `unknown`, of an `other_client`, `before_decision`, `without_loan`,
    `repeated`, one of `more_looks`, or the one label that each of the `labelled` decisions has at least.

    Attributes
    ----------
    unknown
        Labels with an id that no decision of the window has.
    other_client
        Labels with a decision's id and another client's.
    before_decision
        Labels from before the decision, or all loans of the client.
    without_loan
        Labels of a client who has got no loan in the window.
    of_future
        Labels, matched, of a day to come.
    repeated
        Labels equal to another one of the decision.
    more_looks
        Labels of another day or outcome than another one of the decision.
    defaulted_later, contradicting
        Decisions with a label of no default and a later one of a default; or in any other order, or of none.
    labelled
        Decisions with an outcome.
    loans, loans_labelled, defaults, dated
        Decisions with a loan; of those, with an outcome; of those, defaulted, and with a date.
    """

    rows: int
    unread: Unread
    unknown: int
    other_client: int
    before_decision: int
    without_loan: int
    of_future: int
    repeated: int
    more_looks: int
    defaulted_later: int
    contradicting: int
    labelled: int
    loans: int
    loans_labelled: int
    defaults: int
    dated: int

    @property
    def in_words(self) -> str:
        """How many loans have an outcome, in a sentence."""
        if not self.loans_labelled:
            return f"None of {counted(self.rows, 'label')} is of a loan in the window."
        dates = "all" if self.dated == self.loans_labelled else f"{self.dated:,}" if self.dated else "none"
        return (
            f"Of {counted(self.loans, 'loan')} in the window {self.loans_labelled:,} have an outcome, {dates} with its "
            f"date: {counted(self.defaults, 'default')}."
        )

    def shown(self) -> Shown:
        rows = [[cause, f"{count:,}", rule] for cause, count, rule in self._causes() if count]
        blocks = [
            Paragraph(self.in_words, not self.loans_labelled),
            Paragraph(
                "Only clients who got a loan can have an outcome: what is said of them below is not said of the "
                "refused."
            ),
        ]
        if self.other_loans:
            blocks.append(
                Paragraph(
                    f"Outcomes of decisions that granted nothing on record: {self.other_loans:,}. People may have "
                    "granted those; they are not counted below."
                )
            )
        return Shown(TITLE, [*blocks, Table("Rows of the file", ["what", "number", "rule"], rows)])

    @property
    def other_loans(self) -> int:
        """Decisions with an outcome that are not known to have become a loan."""
        return self.labelled - self.loans_labelled

    def _causes(self) -> Iterator[tuple[str, int, str]]:
        yield "rows", self.rows, ""
        yield "decisions with an outcome", self.labelled, ""
        yield "without an id", self.unread.without_id, "not used"
        yield "without an outcome", self.unread.without_outcome, "not used"
        yield "an outcome that is neither 1 nor 0", self.unread.other_outcome, "not used"
        yield "a date that is none in ISO 8601", self.unread.unreadable_date, "not used"
        yield "an id that no decision of the window has", self.unknown, "not used"
        yield "a decision's id with another client's", self.other_client, "not used"
        yield "a day before the decision", self.before_decision, "not used"
        yield "a client without a loan in the window", self.without_loan, "not used"
        yield "a day to come", self.of_future, "counts as today's"
        yield "the same label again", self.repeated, "counted once"
        yield "another label of the same loan", self.more_looks, "a default stays; else the last look counts"
        yield "loans: first none, a default later", self.defaulted_later, "a default"
        yield "loans: a default, and none at the same time, later or undated", self.contradicting, "the default stays"
