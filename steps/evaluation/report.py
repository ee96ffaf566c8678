"""The report on a model, in Markdown."""

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from custom_model.costs import Costs
from steps.evaluation.on_holdout import Evaluation
from steps.quality.figures import realised_cost
from steps.run.policy import Policy
from steps.tables.feature_table import FeatureTable

MEANINGS = {
    "clients": "clients held out",
    "default_rate": "share of them who defaulted",
    "auc": "area under the ROC curve",
    "average_precision": "area under the precision-recall curve",
    "brier": "mean squared error of the probabilities",
    "log_loss": "mean negative log-likelihood",
    "calibration_slope": "1 when log-odds have the right spread",
    "calibration_intercept": "0 when log-odds have the right level, given that spread",
    "calibration_error": "mean distance of predicted and observed rate, over tenths of the clients",
    "calibration_noise": "calibration error that chance alone stays under 95 times of 100",
    "refusal_rate": "share of clients refused",
    "cost": "cost of a decision, from the outcomes",
    "expected_cost": "cost of a decision, from the probabilities",
    "business_score": "0: as granting or refusing everyone, whichever is cheaper; 1: perfect",
}
SMALLEST_GROUP = 20  # fewer clients say nothing about a group, and may point at a person
BANDS = 5


def render(evaluation: Evaluation, table: FeatureTable, policy: Policy) -> str:
    """The whole report."""
    return (
        "\n\n".join(
            [
                f"# {evaluation.model}\n\nData: `{table.path.name}`, engine {table.lineage.engine}. Refused from a "
                f"probability of default of {evaluation.threshold:.4f} on.",
                "## Figures\n\n" + _figures(evaluation),
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
        band = f"{low_high[0]:.4f} to {low_high[1]:.4f}" if low_high else ""
        shown = f"{value:,.0f}" if name == "clients" else f"{value:.4f}"
        rows.append(f"| {name} | {shown} | {band} | {MEANINGS[name]} |")
    return "\n".join(["| figure | value | 95 % interval | what it says |", "|---|---|---|---|", *rows])


def _groups(evaluation: Evaluation, table: FeatureTable, policy: Policy) -> str:
    """Each group's figures: a model may be right on the whole and wrong about a group."""
    present = [name for name in policy.protected_attributes if name in table.fields]
    if not present:
        return "None of the attributes that policy.yaml protects is in this data."
    lines = [
        "| attribute | group | clients | default rate | predicted | refused | AUC | cost |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name in present:
        _, _, scale = table.lineage.texts.get(name, (name, name, "amount"))
        groups = _grouping(table.frame.loc[evaluation.rows, name], scale)
        for group in groups.cat.categories:
            members = (groups == group).to_numpy()
            if members.sum() >= SMALLEST_GROUP:
                lines.append(f"| {name} | {_said(group, scale)} | {_group(evaluation, members, policy.costs)} |")
    return "\n".join(lines)


def _grouping(column: pd.Series, scale: str) -> pd.Series:
    """Levels of a text as they are, numbers in bands of equal size, ages in years; in order, unknown left out."""
    column = column.reset_index(drop=True)
    if column.dtype.kind != "f":
        return column.astype("category")
    if scale == "age":
        return pd.qcut(-column / 365.25, BANDS, precision=1, duplicates="drop")
    return pd.qcut(column, BANDS, duplicates="drop")


def _said(group: object, scale: str) -> str:
    return (
        f"{group.left:.0f} to {group.right:.0f} years"
        if scale == "age" and isinstance(group, pd.Interval)
        else str(group)
    )


def _group(evaluation: Evaluation, members: np.ndarray, costs: Costs) -> str:
    probability, target = evaluation.probability[members], evaluation.target[members]
    refused = evaluation.refused[members]
    cost = realised_cost(refused, target, costs).mean()
    auc = f"{roc_auc_score(target, probability):.3f}" if 0 < target.sum() < len(target) else ""
    return (
        f"{len(target):,} | {target.mean():.4f} | {probability.mean():.4f} | {refused.mean():.3f} | {auc} | {cost:.4f}"
    )


def _sources(table: FeatureTable) -> str:
    lines = [
        f"| {name} | `{source.file}` | {source.bytes:,} | `{source.sha256}` |"
        for name, source in table.lineage.sources.items()
    ]
    missing = "".join(f"\n\n{name} was missing: its features are empty." for name in table.lineage.missing)
    return "\n".join(["| table | file | bytes | SHA-256 |", "|---|---|---|---|", *lines]) + missing
