"""What drift does to the decisions, the field that matters most first."""

from steps.evaluation.report.document import Block, Estimate, Figures, Paragraph, Shown, Table, number, share
from steps.run.console import counted, listed

LISTED, NAMED = 20, 5


class Effect(Figures):
    """A drifted field, or an empty table with its `fields`: what it changes among so many requests.

    `refused` is the share refused, `cost` the expected cost of a decision in the policy's unit: with the window's
    values less with the reference's, each with its paired 95 % interval. `changed` decisions are others.
    """

    name: str
    words: str
    fields: int
    psi: float
    requests: int
    changed: int
    refused: Estimate
    cost: Estimate

    @property
    def matters(self) -> bool:
        """Whether the share refused or the expected cost changes beyond the interval."""
        return any(
            each.low is not None and each.high is not None and not each.low <= 0 <= each.high
            for each in (self.refused, self.cost)
        )


class Effects(Figures):
    """The effects, the largest on the share refused first; both means are of the window as it is."""

    requests: int
    refused: float | None
    cost: float | None
    effects: list[Effect]

    @property
    def matter(self) -> list[Effect]:
        return [each for each in self.effects if each.matters]

    def shown(self) -> Shown:
        title = "What the drift does to the decisions"
        if not self.effects:
            return Shown(title, [Paragraph("No field that the model uses drifts beyond what is tolerated.")])
        names = listed([f"{each.words} [{each.name}]" for each in self.matter], NAMED)
        text = (
            f"Of {counted(len(self.effects), 'drifted field')} that the model uses, {len(self.matter):,} change the "
            f"decisions beyond chance: {names}."
            if self.matter
            else f"{counted(len(self.effects), 'drifted field')} that the model uses change no decisions beyond chance."
        )
        explained = (
            f"{counted(self.requests, 'request')} of the window were decided again by the version's own code, as they "
            "are and with each field's values distributed as in the reference: a number keeps its rank, and of "
            "categories and missing values those too many become those too few, by chance. A change is the window as "
            f"it is, less that: of the share refused, {share(self.refused)} as it is, and of the expected cost of a "
            f"decision, {number(self.cost)} as it is. An empty table is put back whole."
        )
        shown = self.effects[:LISTED]
        rows = [
            [f"{each.words} [{each.name}]" + (f", {each.fields:,} fields" if each.fields > 1 else ""),
             number(each.psi, 3), _points(each.refused), each.cost.text(), f"{each.changed:,} of {each.requests:,}"]
            for each in shown
        ]  # fmt: skip
        rest = len(self.effects) - len(shown)
        header = ["field", "PSI", "refused, percentage points", "expected cost", "decisions that change"]
        blocks: list[Block] = [
            Paragraph(text, bool(self.matter)),
            Paragraph(explained),
            Table(f"Drifted fields by what they change; {rest:,} more change less", header, rows),
        ]
        return Shown(title, blocks)


def _points(change: Estimate) -> str:
    if change.value is None:
        return "–"
    low, high = change.low or 0.0, change.high or 0.0
    return f"{100 * change.value:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"
