"""The groups of clients by policy.yaml's protected attributes, for the report and its plot."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from custom_model.meanings import Meaning
from steps.evaluation.on_holdout import Evaluation
from steps.quality.calibration_plot import wilson_interval
from steps.quality.figure_style import BLUE, GREY, ORANGE, blank, plain
from steps.quality.importance_plot import in_words
from steps.run.policy import Policy
from steps.tables.feature_table import FeatureTable

SMALLEST_GROUP = 20  # fewer clients are noise, and may identify a person
QUANTILE_GROUPS = 5


@dataclass(frozen=True)
class ClientGroup:
    """The evaluated clients with one value, or one range, of an attribute; `members` are (clients,) booleans."""

    attribute: str
    name: str
    members: np.ndarray


def client_groups(evaluation: Evaluation, table: FeatureTable, policy: Policy) -> Iterator[ClientGroup]:
    """The groups of at least `SMALLEST_GROUP` evaluated clients, by attribute.

    Attributes are the policy's, in its order, then those that the description of the data calls protected.
    """
    for name in dict.fromkeys((*policy.protected_attributes, *table.lineage.protected)):
        if name not in table.fields:
            continue
        is_age = _is_age(name, table.lineage.meanings)
        groups = _grouping(table.frame.loc[evaluation.rows, name], is_age)
        for group in groups.cat.categories:
            members = (groups == group).to_numpy()
            if members.sum() >= SMALLEST_GROUP:
                yield ClientGroup(name, _group_name(group, is_age), members)


def refusals_plot(evaluation: Evaluation, groups: list[ClientGroup], table: FeatureTable, caption: str) -> Figure:
    """The share of each group that is refused, with its 95 % interval, next to the share that defaulted."""
    overall = float(evaluation.refused.mean())
    figure, axes = blank("Refusals by group", "share of the group (%)", "", 9.5, 2.2 + 0.33 * len(groups), caption)
    rates = np.array([evaluation.refused[group.members].mean() for group in groups])
    low, high = wilson_interval(rates, np.array([group.members.sum() for group in groups]))
    defaults = np.array([evaluation.target[group.members].mean() for group in groups])
    attributes = list(dict.fromkeys(group.attribute for group in groups))
    # One row apart between attributes.
    places = -np.array([row + attributes.index(group.attribute) for row, group in enumerate(groups)], float)
    axes.errorbar(100 * rates, places, xerr=100 * np.array([rates - low, high - rates]), fmt="o", color=BLUE,
                  label="refused, 95 % interval")  # fmt: skip
    axes.plot(100 * defaults, places, "d", color=ORANGE, label="defaulted")
    axes.axvline(100 * overall, color=GREY, linestyle=":", label=f"all clients refused: {overall:.1%}")
    words = {name: _attribute(name, table.lineage.meanings) for name in attributes}
    axes.set_yticks(
        places,
        [plain(f"{words[group.attribute]}: {group.name}  ({group.members.sum():,} clients)") for group in groups],
        fontsize=9,
    )
    axes.set_xlim(0, None)
    figure.legend(*axes.get_legend_handles_labels(), fontsize=9, loc="outside lower center", ncols=3, frameon=False)
    return figure


def _is_age(name: str, meanings: Mapping[str, Meaning]) -> bool:
    return name in meanings and meanings[name].topic == "AGE"


def _attribute(name: str, meanings: Mapping[str, Meaning]) -> str:
    return "Age" if _is_age(name, meanings) else in_words(name, meanings).removesuffix(" of the client")


def _grouping(column: pd.Series, is_age: bool) -> pd.Series:
    """Levels of a text, or groups of equal size of a number (an age in years), in order, without missing values."""
    column = column.reset_index(drop=True)
    if column.dtype.kind != "f":
        return column.astype("category")
    if is_age:
        return pd.qcut(-column / 365.25, QUANTILE_GROUPS, precision=1, duplicates="drop")
    return pd.qcut(column, QUANTILE_GROUPS, duplicates="drop")


def _group_name(group: object, is_age: bool) -> str:
    return f"{group.left:.0f} to {group.right:.0f} years" if is_age and isinstance(group, pd.Interval) else str(group)
