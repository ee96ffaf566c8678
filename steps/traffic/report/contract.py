"""Requests on record that the candidate's contract would refuse."""

from steps.evaluation.report.document import Figures, Paragraph, Shown, Table, share
from steps.traffic.comparison import Comparison

MOST = 20  # problems in the table


class Problem(Figures):
    """One breach of the contract, and how many requests have it; `field` is the request's name for it."""

    field: str
    problem: str
    requests: int


class ContractRefusals(Figures):
    """Requests that would get an error in place of a decision, and why, the most frequent problem first."""

    requests: int
    refused: int
    problems: list[Problem]

    def shown(self) -> Shown:
        if not self.refused:
            return Shown("Contract", [Paragraph("The candidate's contract accepts every request on record.")])
        text = (
            f"The candidate's contract would refuse {self.refused:,} of {self.requests:,} requests "
            f"({share(self.refused / self.requests)}), which were decided when they came: who sends them would get an "
            "error. All other sections leave them out."
        )
        rows = [[each.field, each.problem, f"{each.requests:,}"] for each in self.problems[:MOST]]
        rest = len(self.problems) - MOST
        more = [Paragraph(f"{rest:,} more problems are in the JSON.")] if rest > 0 else []
        table = Table("Why, the most frequent problem first", ["field", "problem", "requests"], rows, words=2)
        return Shown("Contract", [Paragraph(text, is_warning=True), table, *more])


def contract_refusals(comparison: Comparison) -> ContractRefusals:
    """Count them."""
    by_count = sorted(comparison.problems.items(), key=lambda each: (-each[1], each[0]))
    return ContractRefusals(
        requests=len(comparison),
        refused=comparison.refused_by_contract,
        problems=[Problem(field=field, problem=text, requests=count) for (field, text), count in by_count],
    )
