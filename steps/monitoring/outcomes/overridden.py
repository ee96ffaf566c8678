"""Decisions that people answered after the model: watched apart, as they break the calibration of those left."""

from collections import Counter

from custom_model.costs import OUTCOMES
from custom_model.decision_log.reader import Records, of_model, window
from steps.evaluation.groups import SMALLEST_GROUP
from steps.evaluation.report.document import Estimate, Figures, Paragraph, Shown, Table
from steps.monitoring.observed import Observed
from steps.monitoring.outcomes.loans import Final, Loans
from steps.monitoring.outcomes.maturity import Matured
from steps.monitoring.outcomes.miscalibration import ratio_to_expected
from steps.run.console import counted
from steps.traffic.comparison import KINDS
from steps.traffic.recorded import Span

TITLE = "Decisions of people"


class Overridden(Figures):
    """Decisions with an answer of a person on record, by the model's outcome and the last answer.

    `loans` were granted by people in place of the model, and have a final outcome; `expected` are their defaults by
    its probabilities, null with `ratio` for fewer than `SMALLEST_GROUP`. `is_on_record` is false for an export.
    """

    is_on_record: bool
    answers: int
    changed: dict[str, dict[str, int]]
    loans: int
    defaults: int | None
    expected: float | None
    ratio: Estimate

    def shown(self) -> Shown:
        if not self.is_on_record:
            text = (
                "An export of decisions has no answers of people: those that they overruled are counted as the model "
                "decided. Read the decision log itself to watch them apart."
            )
            return Shown(TITLE, [Paragraph(text)])
        if not self.answers:
            return Shown(TITLE, [Paragraph("No person answered any decision of the window.")])
        rows = [[name, *(f"{count:,}" for count in row.values())] for name, row in self.changed.items()]
        apart = (
            "Who overrules the model knows more than it does, or decides otherwise: what people changed is left out of "
            "the calibration."
        )
        return Shown(
            TITLE,
            [
                Paragraph(f"People answered {counted(self.answers, 'decision')} of the window. {apart} {self._loans}"),
                Table("The model's decision, and the last answer", ["model", "granted", "refused"], rows),
            ],
        )

    @property
    def _loans(self) -> str:
        if self.ratio.value is None:
            return f"Of loans that people granted {self.loans:,} have a final outcome: too few to be judged."
        return (
            f"Of loans that people granted {self.loans:,} have a final outcome: {self.defaults:,} defaults, "
            f"{self.ratio.text(2)} times those that the model expected."
        )


def answers_of(records: Records, span: Span) -> Final:
    """The last answers of people to the decisions of a span, by the decision's id."""
    # Not `of_model` alone: the window's bounds are those that the index of times serves.
    return records.last_answers(window(span.since, span.until) & of_model(span.model_name))


def overridden(observed: Observed, final: Final | None, loans: Loans, matured: Matured) -> Overridden:
    """Count the answers; `final` is None where they are not on record."""
    pairs = Counter(
        (KINDS[outcome], (final or {})[decision])
        for decision, outcome in zip(observed.decision_ids, observed.decided.outcome.tolist(), strict=True)
        if decision in (final or {})
    )
    rows = loans.granted & ~loans.by_model & matured.counted
    count, defaults = int(rows.sum()), int(matured.default[rows].sum())
    expected = float(observed.decided.probability[rows].sum())
    is_shown = count >= SMALLEST_GROUP and not matured.figures.has_defaults_alone
    return Overridden(
        is_on_record=final is not None,
        answers=sum(pairs.values()),
        changed={kind: {answer: pairs[kind, answer] for answer in ("granted", "refused")} for kind in OUTCOMES},
        loans=count,
        defaults=defaults if is_shown else None,
        expected=expected if is_shown else None,
        ratio=ratio_to_expected(defaults, expected) if is_shown else Estimate(value=None),
    )
