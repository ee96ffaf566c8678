"""Drift: how far fields, history, score, decisions and reasons lie from the reference, and which of it is certain."""

from collections import Counter
from collections.abc import Sequence

from pydantic import Field

from steps.evaluation.report.document import Block, Figures, LeftOut, Paragraph, Picture, Shown, Table, number, share
from steps.monitoring.alarms import Alarm
from steps.run.console import counted, listed

LISTED, GROUPS, NAMED = 15, 30, 5
WORST, SORTED = "drifted_fields", "psi_of_fields"
"""Names of the pictures."""
NOT_TESTED = "too few"
WATCH = (
    "repair a broken feed first, if there is one; then see in the report what the drift does to the decisions, and "
    "where they change, find the cause with those who send the applications, and train again on clients like these"
)


class ShiftFigures(Figures):
    """One comparison: effect sizes, certainty, and whether it raises an alarm; see `drift.shifts.Shift`.

    `then` and `now` are shares by bin or level, where they are few enough to be read.
    """

    name: str
    psi: float
    by_chance: float
    distance: float
    p: float
    raised: bool
    then: dict[str, float] = Field(default_factory=dict)
    now: dict[str, float] = Field(default_factory=dict)

    @property
    def cells(self) -> list[str]:
        return [number(self.psi, 3), number(self.by_chance, 3), number(self.distance, 3), probability(self.p)]


class FieldDrift(ShiftFigures):
    """A field; shares missing, and of levels that the reference lacks, then and now, and the ends of a number's range.

    `unseen` are such levels and their requests, as far as several clients have each. `table` is the history table that
    the window lacks whole, which the field is of.
    """

    words: str
    is_used: bool
    missing_then: float
    missing_now: float
    least_then: float | None = None
    least_now: float | None = None
    greatest_then: float | None = None
    greatest_now: float | None = None
    unseen: dict[str, int] = Field(default_factory=dict)
    unseen_then: float | None = None
    unseen_now: float | None = None
    table: str | None = None

    @property
    def named(self) -> str:
        return f"{self.words} [{self.name}]"


class GroupDrift(Figures):
    """A group: its requests, how many comparisons of it were made, and those that raise an alarm, the worst first."""

    attribute: str
    group: str
    requests: int
    tested: int
    raised: list[ShiftFigures]
    score_psi: float | None


class Drift(Figures):
    """The window against the reference. `judged` are the decisions behind score, decisions and reasons."""

    source: str
    version: str
    decisions: int
    requests: int
    judged: int
    level: float
    level_of_groups: float
    tolerated_psi: float
    fields: list[FieldDrift]
    history: ShiftFigures | None
    score: ShiftFigures | LeftOut
    outcomes: ShiftFigures | LeftOut
    reasons: list[ShiftFigures]
    groups: list[GroupDrift]

    @property
    def drifted(self) -> list[FieldDrift]:
        """The fields that raise an alarm."""
        return [each for each in self.fields if each.raised]

    @property
    def alarms(self) -> list[Alarm]:
        """One for the fields, and one each for history, score, decisions, reasons and groups."""
        found = []
        if self.drifted:
            found.append(_fields_in_words(self.drifted))
        for what, shift in (("history", self.history), ("the score", self.score), ("the decisions", self.outcomes)):
            if isinstance(shift, ShiftFigures) and shift.raised:
                found.append(f"{what[:1].upper() + what[1:]}: {_moved(shift)}")
        codes = [each.name for each in self.reasons if each.raised]
        if codes:
            found.append(f"The reasons of refusals are others than the reference's: {listed(codes, NAMED)}")
        groups = [f"{each.attribute} {each.group}" for each in self.hidden]
        if groups:
            found.append(
                f"What does not drift in the whole window does within {counted(len(groups), 'group')}: "
                f"{listed(groups, NAMED)}"
            )
        return [Alarm("drift", each, WATCH) for each in found]

    @property
    def hidden(self) -> list[GroupDrift]:
        """The groups within which something drifts that does not in the whole window."""
        outputs = [each for each in (self.score, self.outcomes) if isinstance(each, ShiftFigures) and each.raised]
        known = {each.name for each in (*self.drifted, *outputs)}
        return [group for group in self.groups if any(each.name not in known for each in group.raised)]

    def shown(self) -> Shown:
        return Shown("Drift", [*_summary(self), *_fields(self), *_outputs(self), *_groups(self.groups)])


def probability(p: float) -> str:
    """A p-value: "0.031", or "< 0.001"."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _fields_in_words(drifted: Sequence[FieldDrift]) -> str:
    """The fields by name, and those of empty tables by their number."""
    worst = [each.named for each in sorted(drifted, key=lambda each: -each.psi) if each.table is None]
    tables = Counter(each.table for each in drifted if each.table is not None)
    parts = [f"{counted(count, 'field')} of the empty history table {table}" for table, count in tables.items()]
    parts = [*([listed(worst, NAMED)] if worst else []), *parts]
    verb = "drifts" if len(drifted) == 1 else "drift"
    return f"{counted(len(drifted), 'field')} {verb}: {'; '.join(parts)}"


def _moved(shift: ShiftFigures) -> str:
    if not shift.now:
        return f"PSI {number(shift.psi, 3)} against the reference"
    moves = [f"{name} {share(shift.then[name])} then, {share(value)} now" for name, value in shift.now.items()]
    return f"PSI {number(shift.psi, 3)} against the reference ({'; '.join(moves)})"


def _summary(drift: Drift) -> list[Block]:
    tested = len(drift.fields)
    blocks: list[Block] = [Paragraph(f"{each.sentence}: {each.action}.", is_warning=True) for each in drift.alarms]
    if not tested:
        return [Paragraph(f"{counted(drift.requests, 'request')} on record are too few: no field is tested.")]
    if not blocks:
        blocks.append(Paragraph("Nothing drifts by more than is tolerated beyond doubt."))
    return [
        *blocks,
        Paragraph(
            f"{counted(drift.requests, 'request')} against {drift.source}. An alarm needs a difference beyond a PSI of "
            f"{drift.tolerated_psi:g} and beyond doubt: of the windows without one, at most {100 * drift.level:.3g}% "
            f"raise any among all comparisons of the whole window, and {100 * drift.level_of_groups:.3g}% any within "
            "groups (non-central chi-square, Holm 1979). PSI above 0.1, the usual rule, knows no sample size: it "
            "alarms in every small window, and misses what matters in a large one."
        ),
        Picture(SORTED, "PSI of each field, sorted", "PSI of the fields, the largest first; the line is tolerated."),
    ]


def _fields(drift: Drift) -> list[Block]:
    shown = drift.fields[:LISTED]
    if not shown:
        return []
    rows = [
        [each.named, "drifts" if each.raised else "–", "yes" if each.is_used else "no", *each.cells,
         share(each.missing_then), share(each.missing_now), _range(each)]
        for each in shown
    ]  # fmt: skip
    header = [
        "field", "verdict", "used", "PSI", "by chance up to", "distance", "p", "missing then", "now", "range then; now"
    ]  # fmt: skip
    rest = len(drift.fields) - len(shown)
    text = (
        "PSI, the population stability index, is 0 where all shares are as in the reference. By chance up to: 95 "
        "of 100 such windows of the reference's own clients have less. Distance is Kolmogorov-Smirnov's of a "
        "number's known values over the bins, and of a category the total variation: the share of requests that "
        "would have to have another level. p: how often chance would show so much if the difference were the "
        "tolerated one. Used: by the model; a field that is not used changes no decision."
    )
    unseen = [each for each in drift.fields if each.unseen_now and each.unseen_now > (each.unseen_then or 0)]
    blocks: list[Block] = [
        Table(f"The {len(shown)} fields with the largest drift; {rest:,} more have less", header, rows),
        Paragraph(text),
        Picture(WORST, "Shares by bin of the worst fields, in the reference and in the window",
                "The fields with the largest drift: shares by bin in the reference and in the window.", "wide"),
    ]  # fmt: skip
    if unseen:
        levels = [
            [each.named, share(each.unseen_then), share(each.unseen_now),
             "; ".join(f"{level} ({count:,})" for level, count in each.unseen.items()) or "each of few clients"]
            for each in sorted(unseen, key=lambda each: -(each.unseen_now or 0))[:LISTED]
        ]  # fmt: skip
        caption = f"Levels that the reference lacks, of {counted(len(unseen), 'field')}"
        blocks.append(Table(caption, ["field", "share then", "share now", "levels"], levels))
    return blocks


def _range(field: FieldDrift) -> str:
    ends = field.least_then, field.greatest_then, field.least_now, field.greatest_now
    if any(each is None for each in ends):
        return "–"
    return "{} to {}; {} to {}".format(*(short_number(each) for each in ends if each is not None))


def short_number(value: float) -> str:
    """A value of a field: "42,500", "0.005959"; never with an exponent where it is large."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _outputs(drift: Drift) -> list[Block]:
    blocks: list[Block] = [
        Paragraph(f"{name}: {each.left_out}")
        for name, each in (("Score", drift.score), ("Decisions", drift.outcomes))
        if isinstance(each, LeftOut)
    ]
    shifts = [each for each in (drift.history, drift.score, drift.outcomes) if isinstance(each, ShiftFigures)]
    named = [*shifts, *sorted(drift.reasons, key=lambda each: (not each.raised, -each.distance))][:LISTED]
    rows = [
        [each.name, "drifts" if each.raised else "–", *each.cells,
         "; ".join(f"{name} {share(each.then[name])} then, {share(value)} now" for name, value in each.now.items())]
        for each in named
    ]  # fmt: skip
    if rows:
        header = ["of", "verdict", "PSI", "by chance up to", "distance", "p", "shares"]
        blocks.append(
            Table(
                f"History, score, decisions and reasons (named: by this share of the decisions that have any): "
                f"{drift.judged:,} decisions of version {drift.version} at the policy's own threshold",
                header, rows, words=2,
            )
        )  # fmt: skip
    return blocks


def _groups(groups: Sequence[GroupDrift]) -> list[Block]:
    if not groups:
        return []
    rows = [
        [each.attribute, each.group, listed([shift.name for shift in each.raised], 3) or "–", f"{each.requests:,}",
         f"{each.tested:,}" if each.tested else NOT_TESTED, f"{len(each.raised):,}", number(each.score_psi, 3)]
        for each in sorted(groups, key=lambda each: -len(each.raised))[:GROUPS]
    ]  # fmt: skip
    rest = f"; {len(groups) - len(rows):,} more have no more alarms" if len(groups) > len(rows) else ""
    header = ["by", "group", "drifts in", "requests", "comparisons", "alarms", "PSI of the score"]
    return [Table(f"Within the policy's segments and protected groups{rest}", header, rows, words=3)]
