"""What the contract demands, and what leaving out what it does not demand would win."""

from custom_model.omission import Examination, Omission
from steps.evaluation.on_holdout import Evaluation
from steps.evaluation.report.document import Figures, LeftOut, Paragraph, Shown, Table, share
from steps.run.console import counted

TITLE = "What an application may leave out"
WORST = 10  # fields and groups on the page; the run of the training has all


class OmissionFigures(Figures):
    """The refused clients who would be granted without some fields; `highest` is the upper end of the share."""

    left_out: str
    fields: int
    refused: int
    granted: int
    share: float
    highest: float


class Omissions(Figures):
    """`referred` and `incomplete`: the clients referred to a person, and those without a required value.

    `allowed` is the share that policy.yaml's `most_won_by_omission` allows, at the upper end.
    """

    clients: int
    referred: int
    incomplete: int
    allowed: float
    omissions: list[OmissionFigures]

    def shown(self) -> Shown:
        text = (
            f"{self.referred / self.clients:.1%} of the clients are referred to a person. "
            f"{counted(self.incomplete, 'application')} without a required value get no decision in production."
        )
        if not self.omissions:
            return Shown(TITLE, [Paragraph(f"{text} Every field that the model uses must be sent.")])
        header = ["left out", "fields", "refused clients", "granted without", "share", "upper end"]
        rows = [
            [each.left_out, str(each.fields), f"{each.refused:,}", f"{each.granted:,}", share(each.share),
             share(each.highest)]
            for each in self.omissions
        ]  # fmt: skip
        caption = "Of the refused, who would win credit by leaving out what the contract lets them leave out"
        return Shown(TITLE, [*self._warning(), Paragraph(text), Table(caption, header, rows)])

    def _warning(self) -> list[Paragraph]:
        """What the gate refuses the version for, where it would."""
        worst = max(self.omissions, key=lambda each: each.highest)
        if worst.highest <= self.allowed:
            return []
        return [
            Paragraph(
                f"Leaving out {_named(worst)} would win credit for {share(worst.share)} of the refused, "
                f"{share(worst.highest)} at the upper end: more than the {share(self.allowed)} of policy.yaml's "
                "most_won_by_omission, by which the gate judges.",
                is_warning=True,
            )
        ]


def omissions(evaluation: Evaluation, allowed: float) -> Omissions | LeftOut:
    """The worst omissions of the evaluated clients, beside the share that the policy allows.

    Left out for a version whose code does not measure them.
    """
    examination: Examination | None = evaluation.examination
    if examination is None:
        return LeftOut(left_out="The version was trained before this was measured.")
    return Omissions(
        clients=len(evaluation.target),
        referred=int((evaluation.decisions["decision"] == "referred").sum()),
        incomplete=len(examination.incomplete),
        allowed=allowed,
        omissions=[
            OmissionFigures(
                left_out=each.name,
                fields=len(each.fields),
                refused=each.refused,
                granted=each.granted,
                share=each.share,
                highest=each.highest,
            )
            for each in _worst_first(examination)
        ],
    )


def _named(omission: OmissionFigures) -> str:
    return omission.left_out if omission.fields == 1 else f"the {omission.fields} fields of {omission.left_out}"


def _worst_first(examination: Examination) -> list[Omission]:
    """Those with the highest upper ends, of which the gate judges the first."""
    return sorted(examination.omissions, key=lambda each: each.highest, reverse=True)[:WORST]


def contract_figures(evaluation: Evaluation) -> dict[str, float]:
    """Figures of what the contract demands: `referral_rate`, and where measured `incomplete` and `omission_worst`."""
    figures = {"referral_rate": evaluation.referral_rate}
    if evaluation.examination is not None:
        shares = [each.share for each in evaluation.examination.omissions]
        figures |= {"incomplete": len(evaluation.examination.incomplete), "omission_worst": max(shares, default=0.0)}
    return figures
