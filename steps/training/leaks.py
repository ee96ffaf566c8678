"""Leaks: fields that reveal the outcome, and are therefore unknown at the time of the decision."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from custom_model.derived import available
from custom_model.features import Features
from steps.description.applications import DAYS
from steps.description.document import Description
from steps.run.console import UserError, listed
from steps.run.printable import printable
from steps.tables.feature_table import FeatureTable
from steps.training.cells import auc_of, cells_of, certain
from steps.training.data import TrainingData
from steps.training.leaking_pairs import MOST_COLUMNS, pair_aucs

MAX_ROWS = 20_000  # enough to estimate an AUC
LISTED = 20  # leaks that a message names
LEAST_CERTAIN = 50  # clients whose outcome a value must tell before it counts
CLOSE = 0.005  # of AUC by which being missing tells as much as the value


@dataclass(frozen=True)
class Leak:
    """A feature, or a pair, that reveals the outcome.

    Parameters
    ----------
    features : tuple of str
        One or two names.
    auc : float
        Out of sample, of the feature alone or of both together.
    how : str
        What of it tells, where that is not its value; empty otherwise.
    """

    features: tuple[str, ...]
    auc: float
    how: str = ""

    def __str__(self) -> str:
        told = f", {self.how}" if self.how else ""
        return f"{' with '.join(self.features)} ({self.auc:.3f}{told})"


def find_leaks(data: TrainingData, table: FeatureTable, rows: np.ndarray, implausible: float, seed: int) -> list[Leak]:
    """The features that tell the outcome, the worst first, then pairs of the others' fields.

    A feature leaks by its value, by being missing, or by its date where its out-of-sample AUC is `implausible` or
    more; by values of 50 clients or more who have nearly all the same outcome: at 0.9, in 99 of 100 pairs of such a
    client and another one the outcomes are in order. A pair leaks where its AUC is halfway to 1: 0.95.

    Parameters
    ----------
    data
        The training clients.
    table
        Their table, which knows dates.
    rows
        (rows,) booleans: the training clients in the table.
    implausible
        An AUC that no feature known before the loan has.
    seed
        Of the choice of at most 20,000 clients, in whose halves default rates are estimated and scored.
    """
    chosen = _chosen(data, seed)
    target = data.target[chosen]
    days = _application_days(table, rows, chosen)
    dates = {name for name, meaning in table.lineage.meanings.items() if meaning.unit.startswith(DAYS)}
    found, aucs = list[Leak](), list[float]()
    for column, name in enumerate(data.features.names):
        values = data.matrix[chosen, column]
        dated = days if name in dates else None
        leak, auc = _leak(name, values, _is_category(data, column), dated, target, implausible)
        aucs.append(auc)
        if leak is not None:
            found.append(leak)
    leaking = {name for leak in found for name in leak.features}
    fields = [
        column
        for column, name in enumerate(data.features.names)
        if name in data.contract.column_of and name not in leaking
    ]
    pairs = _pairs(data, chosen, fields, aucs, (1 + implausible) / 2)
    return sorted(found, key=lambda leak: -leak.auc) + sorted(pairs, key=lambda leak: -leak.auc)


def stop_at(leaks: Sequence[Leak], implausible: float, table: FeatureTable) -> None:
    """Raise `UserError` naming the leaks, if there are any, and where they are left out."""
    if leaks:
        named = listed(list(map(str, leaks)), LISTED)
        source, left_out = str(table.path), "name it in policy.yaml's excluded_fields"
        if table.lineage.description:
            source = printable(Description.model_validate_json(table.lineage.description).file)
            left_out = "set `use: false` in its description (`mlflow run . -e describe` writes one)"
        raise UserError(
            f"{source}: expected no single feature to predict default with an AUC of {implausible} or more, no value "
            f"to tell it for certain, and no pair to tell it together, but these do: {named}. Data known only after "
            f"the loan must not be used: leave it out with `-P leaks=leave-out` (--leaks), or {left_out}; if it is "
            "known before, raise policy.yaml's implausible_auc"
        )


def leaking_fields(data: TrainingData, leaks: Sequence[Leak]) -> list[str]:
    """The fields that leak, those that a leaking feature derives from, and both of a pair, in the contract's order."""
    groups = available(data.contract.numeric, data.contract.fields)
    derived = {feature.name: group.inputs for group in groups for feature in group.features}
    leaking = {field for leak in leaks for name in leak.features for field in derived.get(name, (name,))}
    return [name for name in data.contract.fields if name in leaking]


def without(data: TrainingData, fields: Sequence[str], source: str) -> TrainingData:
    """The data without the features of these fields, which the contract keeps, and requires no more."""
    usable = data.features.without(fields)
    if not usable:
        raise UserError(f"{source}: without the leaking {', '.join(fields)} there is no feature to train on")
    contract = data.contract.requiring(
        tuple(name for name in data.contract.required if name not in fields), data.contract.declared
    )
    columns = [data.features.names.index(name) for name in usable]
    directions = {name: each for name, each in data.directions.items() if name in usable}
    return replace(data, features=Features(contract, usable), matrix=data.matrix[:, columns], directions=directions)


def feature_aucs(data: TrainingData, seed: int) -> list[float]:
    """The out-of-sample AUC of each feature alone, in the order of the features.

    The default rates of a feature's twentieths, categories and missing values are estimated on one half of at most
    20,000 rows and scored on the other half, and vice versa, so that an unordered scale or many levels do not inflate
    the AUC.
    """
    chosen = _chosen(data, seed)
    return [
        auc_of(cells_of(data.matrix[chosen, column], _is_category(data, column)), data.target[chosen])
        for column in range(data.matrix.shape[1])
    ]


def _chosen(data: TrainingData, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).permutation(len(data.target))[:MAX_ROWS]


def _is_category(data: TrainingData, column: int) -> bool:
    return data.features.names[column] in data.contract.categories


def _application_days(table: FeatureTable, rows: np.ndarray, chosen: np.ndarray) -> np.ndarray | None:
    """(chosen,) the day of each application; None where the table has no dates."""
    if table.lineage.date is None:
        return None
    return table.frame.loc[rows, table.lineage.date].to_numpy(np.float64)[chosen]


def _leak(
    name: str, values: np.ndarray, is_category: bool, days: np.ndarray | None, target: np.ndarray, implausible: float
) -> tuple[Leak | None, float]:
    """What of a feature tells the outcome, if anything does, and the AUC of its value."""
    cells = cells_of(values, is_category)
    auc = auc_of(cells, target)
    missing = auc_of(np.isnan(values).astype(np.int64), target)
    # A day of the calendar, such as that of an export, shows only without the day of the application.
    date = auc_of(cells_of(values + days), target) if days is not None else 0.0
    best = max(auc, missing, date)
    if best >= implausible:
        how = "by being missing" if missing >= best - CLOSE else "by its date" if date > auc + CLOSE else ""
        return Leak((name,), best, how), auc
    for each in certain(cells, target):
        # 1 - (1 - 0.9)^2 = 0.99: a value that a few clients have must be surer than a feature that all have.
        if each.clients >= LEAST_CERTAIN and each.concordance >= 1 - (1 - implausible) ** 2:
            how = f"by values of {each.clients:,} clients of whom {each.rate:.0%} defaulted"
            return Leak((name,), auc, how), auc
    return None, auc


def _pairs(
    data: TrainingData, chosen: np.ndarray, columns: Sequence[int], aucs: Sequence[float], least: float
) -> Iterator[Leak]:
    """Pairs among the fields that tell most alone."""
    told = np.sort(sorted(columns, key=lambda column: -aucs[column])[:MOST_COLUMNS])
    if len(told) < 2:
        return
    names = [data.features.names[column] for column in told]
    matrix = data.matrix[np.ix_(chosen, told)]
    categorical = [_is_category(data, column) for column in told]
    for one, other, auc in pair_aucs(matrix, data.target[chosen], categorical, least):
        yield Leak((names[one], names[other]), auc, "together")
