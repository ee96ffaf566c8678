"""What drift does to the decisions, the field that matters most first."""

from collections.abc import Sequence

from steps.evaluation.report.document import Block, Estimate, Figures, Paragraph, Shown, Table, number, share
from steps.run.console import counted, listed

LISTED, NAMED = 20, 5


class Effect(Figures):
    """A drifted field, or an empty table with its `fields`: what it changes among so many requests.

    `refused` and `granted` are shares of the decisions, of which others go to a person, and `cost` is the expected cost
    of a decision in the policy's unit: with the window's values less with the reference's, each with its paired 95 %
    interval. `changed` decisions are others.
    """

    name: str
    words: str
    fields: int
    psi: float
    requests: int
    changed: int
    refused: Estimate
    granted: Estimate = Estimate(value=None)
    cost: Estimate

    @property
    def order(self) -> tuple[float, float]:
        """What changes more decisions is first, then what changes more of the expected cost."""
        return -max(abs(self.refused.value or 0), abs(self.granted.value or 0)), -abs(self.cost.value or 0)

    @property
    def cells(self) -> list[str]:
        name = f"{self.words} [{self.name}]" + (f", {self.fields:,} fields" if self.fields > 1 else "")
        return [
            name, number(self.psi, 3) if self.psi else "–", _points(self.refused), _points(self.granted),
            self.cost.text(), f"{self.changed:,} of {self.requests:,}",
        ]  # fmt: skip

    @property
    def matters(self) -> bool:
        """Whether the share refused or granted, or the expected cost, changes beyond the interval."""
        return any(
            each.low is not None and each.high is not None and not each.low <= 0 <= each.high
            for each in (self.refused, self.granted, self.cost)
        )


class Effects(Figures):
    """The effects, the largest first; both means are of the window as it is. `together` puts all back at once.

    A field by itself may change nothing where another one decides all, as an impossible income does. `left_out` are
    drifted fields that were not put back: those of the least drift, or all where no request can be decided again.
    """

    requests: int
    refused: float | None
    cost: float | None
    effects: list[Effect]
    together: Effect | None = None
    left_out: int = 0

    @property
    def matter(self) -> list[Effect]:
        return [each for each in self.effects if each.matters]

    def shown(self) -> Shown:
        title = "What the drift does to the decisions"
        if not self.effects and self.left_out:
            text = f"{counted(self.left_out, 'drifted field')} could not be put back: no request can be decided again."
            return Shown(title, [Paragraph(text, is_warning=True)])
        if not self.effects:
            return Shown(title, [Paragraph("No field that the model uses drifts beyond what is tolerated.")])
        names = listed([f"{each.words} [{each.name}]" for each in self.matter], NAMED)
        text = (
            f"Of {counted(len(self.effects), 'drifted field')} that the model uses, {len(self.matter):,} "
            f"{_verb(self.matter)} the decisions beyond chance: {names}."
            if self.matter
            else f"{counted(len(self.effects), 'drifted field')} that the model uses {_verb(self.effects)} no "
            "decisions beyond chance."
        )
        explained = (
            f"{counted(self.requests, 'request')} of the window were decided again by the version's own code, as they "
            "are and with each field's values distributed as in the reference: a number keeps its rank, and of "
            "categories and missing values those too many become those too few, by chance. A change is the window as "
            f"it is, less that: of the share refused, {share(self.refused)} as it is, and of the expected cost of a "
            f"decision, {number(self.cost)} as it is. An empty table is put back whole; points are percentage points."
        )
        shown = self.effects[:LISTED]
        rows = [each.cells for each in [*shown, *([self.together] if self.together else [])]]
        rest = len(self.effects) - len(shown)
        header = ["field", "PSI", "refused, points", "granted, points", "expected cost", "decisions that change"]
        blocks: list[Block] = [
            Paragraph(text, bool(self.matter)),
            Paragraph(explained),
            *([Paragraph(f"Not put back: {self.left_out:,} more, of less drift.")] if self.left_out else []),
            Table(f"Drifted fields by what they change; {rest:,} more change less", header, rows),
        ]
        return Shown(title, blocks)


def _verb(effects: Sequence[Effect]) -> str:
    return "changes" if len(effects) == 1 else "change"


def _points(change: Estimate) -> str:
    if change.value is None:
        return "–"
    low, high = change.low or 0.0, change.high or 0.0
    return f"{100 * change.value:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"
