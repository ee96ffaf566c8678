"""Where the reasons change: those on record beside the candidate's."""

from collections import Counter

from steps.evaluation.groups import SMALLEST_GROUP
from steps.evaluation.report.document import Figures, LeftOut, Paragraph, Shown, Table, share
from steps.traffic.comparison import Comparison

TITLE = "Reasons"


class Code(Figures):
    """A topic, and how many decisions name it among their reasons, on record and now."""

    code: str
    then: int
    now: int


class Reasons(Figures):
    """Decisions that both explain, and how many have the same first reason, the same ones, and the same in order."""

    decisions: int
    same_first: int
    same_set: int
    same_order: int
    codes: list[Code]

    def shown(self) -> Shown:
        text = (
            f"Of {self.decisions:,} decisions that are granted neither on record nor now, chosen by their ids, "
            f"{share(self.same_first / self.decisions)} have the same first reason, "
            f"{share(self.same_set / self.decisions)} the same ones, and {share(self.same_order / self.decisions)} the "
            "same in the same order. A topic is the code of a reason."
        )
        rows = [
            [each.code, f"{each.then:,}", f"{each.now:,}", f"{(each.now - each.then) / self.decisions:+.1%}"]
            for each in self.codes
        ]
        table = Table("Decisions that name a topic, by the largest change", ["topic", "then", "now", "change"], rows)
        return Shown(TITLE, [Paragraph(text), table])


def reasons(comparison: Comparison) -> Reasons | LeftOut:
    """Compare them, of at least `SMALLEST_GROUP` decisions."""
    pairs = comparison.reasons
    if len(pairs) < SMALLEST_GROUP:
        return LeftOut(
            left_out=f"Reasons are compared on decisions that neither grants and that both explain: {len(pairs)} are "
            f"fewer than {SMALLEST_GROUP}."
        )
    then = Counter(code for codes, _ in pairs for code in codes)
    now = Counter(code for _, codes in pairs for code in codes)
    names = sorted({*then, *now}, key=lambda name: (-abs(now[name] - then[name]), name))
    return Reasons(
        decisions=len(pairs),
        same_first=sum(old[0] == new[0] for old, new in pairs),
        same_set=sum({*old} == {*new} for old, new in pairs),
        same_order=sum(old == new for old, new in pairs),
        codes=[Code(code=name, then=then[name], now=now[name]) for name in names],
    )
