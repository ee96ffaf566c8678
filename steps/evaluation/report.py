"""The report on an evaluated model, in Markdown."""

import numpy as np
from sklearn.metrics import roc_auc_score

from custom_model.costs import Costs
from steps.evaluation.groups import client_groups
from steps.evaluation.on_holdout import Evaluation
from steps.run.console import counted
from steps.run.markdown import markdown_table
from steps.run.policy import Policy
from steps.tables.feature_table import FeatureTable
from steps.training.holdout import in_words

MEANINGS = {
    "clients": "evaluated clients",
    "default_rate": "share of clients who defaulted",
    "auc": "area under the ROC curve",
    "average_precision": "area under the precision-recall curve",
    "brier": "mean squared error of the probabilities",
    "log_loss": "mean negative log-likelihood",
    "calibration_slope": "1 when log-odds have the right spread",
    "calibration_intercept": "0 when log-odds have the right level, given that spread",
    "calibration_error": "mean distance between predicted and observed rate, over tenths of the clients",
    "calibration_noise": "95 % quantile of the calibration error of perfectly calibrated probabilities",
    "refusal_rate": "share of clients refused",
    "cost": "cost per decision, from the outcomes",
    "expected_cost": "cost per decision, from the probabilities",
    "business_score": "0: as good as granting or refusing everyone, whichever is cheaper; 1: perfect",
}
WORST_OMISSIONS = 10  # fields and groups in the report; the run has all of the training's


def render(evaluation: Evaluation, table: FeatureTable, policy: Policy) -> str:
    """The report: figures, omissions, protected attributes, sources."""
    return (
        "\n\n".join(
            [
                f"# {evaluation.model}\n\nData: {table.name} (`{table.path.name}`, engine {table.lineage.engine}), "
                f"{len(evaluation.target):,} clients outside the training: {in_words(table, evaluation.rows)}. "
                f"A missed default costs {policy.costs.false_negative:g}, a good client refused "
                f"{policy.costs.false_positive:g}. Refused from a probability of default of "
                f"{evaluation.threshold:.4f} on.",
                "## Figures\n\n" + _figures(evaluation),
                "## Left out\n\n" + _omissions(evaluation),
                "## Protected attributes\n\n" + _groups(evaluation, table, policy),
                "## Sources\n\n" + _sources(table),
            ]
        )
        + "\n"
    )


def _figures(evaluation: Evaluation) -> str:
    quality = evaluation.quality
    rows = []
    for name, value in quality.figures.items():
        low_high = quality.intervals.get(name)
        interval = f"{low_high[0]:.4f} to {low_high[1]:.4f}" if low_high else ""
        text = f"{value:,.0f}" if name == "clients" else f"{value:.4f}"
        rows.append([name, text, interval, MEANINGS[name]])
    return markdown_table(["figure", "value", "95 % interval", "meaning"], rows)


def contract_figures(evaluation: Evaluation) -> dict[str, float]:
    """Figures of what the contract demands: `referral_rate`, and where measured `incomplete` and `omission_worst`."""
    figures = {"referral_rate": evaluation.referral_rate}
    if evaluation.examination is not None:
        shares = [each.share for each in evaluation.examination.omissions]
        figures |= {"incomplete": len(evaluation.examination.incomplete), "omission_worst": max(shares, default=0.0)}
    return figures


def _omissions(evaluation: Evaluation) -> str:
    """What leaving fields out would win, where the contract lets an application leave them out."""
    if evaluation.examination is None:
        return "The version was trained before this was measured."
    text = (
        f"{evaluation.referral_rate:.1%} of the clients are referred to a person. "
        f"{counted(len(evaluation.examination.incomplete), 'application')} without a required value get no decision in "
        "production."
    )
    omissions = evaluation.examination.omissions
    if not omissions:
        return f"{text} Every field that the model uses must be sent."
    rows = [
        [
            each.name,
            str(len(each.fields)),
            f"{each.refused:,}",
            str(each.granted),
            f"{each.share:.4f}",
            f"{each.highest:.4f}",
        ]
        for each in omissions[:WORST_OMISSIONS]
    ]
    header = ["left out", "fields", "refused clients", "granted without", "share", "upper end"]
    return (
        f"{text} Of the refused, leaving out what the contract lets them leave out:\n\n{markdown_table(header, rows)}"
    )


def _groups(evaluation: Evaluation, table: FeatureTable, policy: Policy) -> str:
    """Figures by group: a model that is accurate overall may fail a group."""
    groups = list(client_groups(evaluation, table, policy))
    if not groups:
        return "This data has none of policy.yaml's protected attributes."
    rows = [[group.attribute, group.name, *_group(evaluation, group.members, policy.costs)] for group in groups]
    header = ["attribute", "group", "clients", "default rate", "predicted", "refused", "AUC", "cost"]
    return markdown_table(header, rows)


def _group(evaluation: Evaluation, members: np.ndarray, costs: Costs) -> list[str]:
    probability, target = evaluation.probability[members], evaluation.target[members]
    refused = evaluation.refused[members]
    cost = evaluation.cost(costs)[members].mean()
    auc = f"{roc_auc_score(target, probability):.3f}" if 0 < target.sum() < len(target) else ""
    figures = f"{len(target):,}", f"{target.mean():.4f}", f"{probability.mean():.4f}", f"{refused.mean():.3f}"
    return [*figures, auc, f"{cost:.4f}"]


def _sources(table: FeatureTable) -> str:
    rows = [
        [name, f"`{source.file}`", f"{source.bytes:,}", f"`{source.sha256}`"]
        for name, source in table.lineage.sources.items()
    ]
    missing = "".join(f"\n\n{name} was missing: its features are empty." for name in table.lineage.missing)
    return markdown_table(["table", "file", "bytes", "SHA-256"], rows) + missing
