"""The whole report of a replay: its sections in their order, and its files in the active run."""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import mlflow
import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from scipy.special import logit

from custom_model.meanings import Meaning
from steps.evaluation.report.document import Figures, LeftOut, Paragraph, Shown
from steps.evaluation.report.page import render_page
from steps.evaluation.report.pictures import png
from steps.evaluation.report.record import DOCUMENT, PAGE
from steps.quality.figure_style import ORANGE, blank
from steps.run.policy import Policy
from steps.run.settings import Settings
from steps.traffic.comparison import Comparison
from steps.traffic.deciding import Contract
from steps.traffic.report import reasons as reasons_section
from steps.traffic.report.approvals import Approvals, approvals
from steps.traffic.report.contract import ContractRefusals, contract_refusals
from steps.traffic.report.facts import Facts
from steps.traffic.report.groups import Groups, groups
from steps.traffic.report.reasons import Reasons, reasons
from steps.traffic.report.scores import PICTURE, Scores, scores
from steps.traffic.report.swap_set import SwapSet, swap_set

CELLS = 120  # of the picture, on either side
TICKS = (0.001, 0.01, 0.05, 0.1, 0.2, 0.5, 0.9)


class ReplayReport(Figures):
    """All figures of a replay; the page shows these and no others. `form` counts the versions of this form."""

    form: int = 1
    facts: Facts
    approvals: Approvals
    contract: ContractRefusals
    swap_set: SwapSet
    groups: Groups
    reasons: Reasons | LeftOut
    scores: Scores

    def shown(self) -> Iterator[Shown]:
        """The sections as the page shows them."""
        yield self.approvals.shown()
        yield self.contract.shown()
        yield self.swap_set.shown()
        yield self.groups.shown()
        if isinstance(self.reasons, LeftOut):
            yield Shown(reasons_section.TITLE, [Paragraph(self.reasons.left_out)])
        else:
            yield self.reasons.shown()
        yield self.scores.shown()
        yield self.facts.shown()

    @property
    def summary(self) -> list[tuple[str, str]]:
        """Name and value of what heads the page."""
        return [
            *self.facts.summary,
            ("Approvals", self.approvals.in_words),
            ("Referrals", self.approvals.referrals),
            ("Expected cost", f"of a decision: {self.swap_set.in_words}"),
            ("Errors", f"{self.contract.refused:,} requests that the candidate would not accept"),
        ]

    @property
    def metrics(self) -> dict[str, float]:
        """The figures that the run has as metrics."""
        found = {
            "requests": self.facts.requests,
            "erased": self.facts.erased,
            "contract_refusals": self.contract.refused,
            "approval_then": self.approvals.then,
            "approval_now": self.approvals.now,
            "approval_change": self.approvals.change.value,
            "expected_cost_change": self.swap_set.cost_change.value,
            "outcomes_known": self.swap_set.known,
        }
        return {f"replay_{name}": float(value) for name, value in found.items() if value is not None}


def build_replay_report(
    comparison: Comparison,
    facts: Facts,
    policy: Policy,
    settings: Settings,
    contract: Contract,
    meanings: Mapping[str, Meaning],
    outcomes: np.ndarray | None,
) -> ReplayReport:
    """Measure every section."""
    rows = comparison.compared
    then, now = comparison.then.of(rows), comparison.now.of(rows)
    return ReplayReport(
        facts=facts,
        approvals=approvals(comparison, settings.seed),
        contract=contract_refusals(comparison),
        swap_set=swap_set(comparison, policy.costs, outcomes),
        groups=groups(comparison, policy, contract, meanings),
        reasons=reasons(comparison),
        scores=scores(then.probability, now.probability, then.granted, now.granted),
    )


def log_replay_report(report: ReplayReport, comparison: Comparison) -> None:
    """Log the page and the JSON in the active run."""
    pictures = {PICTURE: png(score_picture(comparison))} if report.scores.requests else {}
    page = render_page(f"Replay of {report.facts.candidate}", report.summary, report.shown(), pictures)
    with tempfile.TemporaryDirectory(prefix="credit-scoring-") as folder:
        (Path(folder) / PAGE).write_text(page, "utf-8")
        (Path(folder) / DOCUMENT).write_text(report.model_dump_json(indent=1) + "\n", "utf-8")
        mlflow.log_artifacts(folder)


def score_picture(comparison: Comparison) -> Figure:
    """Numbers of requests by both probabilities: no point is a single client's exact score."""
    rows = comparison.compared
    then, now = comparison.then.of(rows), comparison.now.of(rows)
    figure, axes = blank("Score against score", "probability of default on record", "probability of default now")
    x, y = _log_odds(then.probability), _log_odds(now.probability)
    low, high = min(x.min(), y.min()) - 0.1, max(x.max(), y.max()) + 0.1
    drawn = axes.hist2d(x, y, bins=CELLS, range=[[low, high], [low, high]], norm=LogNorm(), cmap="Blues", cmin=1)
    figure.colorbar(drawn[3], ax=axes, label="requests")
    axes.axvline(logit(float(np.median(then.threshold))), color=ORANGE, linewidth=1)
    axes.axhline(logit(float(np.median(now.threshold))), color=ORANGE, linewidth=1)
    ticks = [each for each in TICKS if low < logit(each) < high]
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks([logit(each) for each in ticks], [f"{100 * each:g}%" for each in ticks])
    return figure


def _log_odds(probability: np.ndarray) -> np.ndarray:
    return logit(np.clip(probability, 1e-9, 1 - 1e-9))
