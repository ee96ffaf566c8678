"""The reason texts of a model, and how many of its refusals they explain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from custom_model.contract import Contract
from custom_model.meanings import Meaning
from custom_model.reasons import MAX_REASONS, Explainer
from custom_model.scorecard import ReasonText, Scorecard
from custom_model.scorer import Scorer
from steps.tables.catalogue import Wording, from_words, readable, wordings
from steps.tables.words import Words
from steps.training.data import TrainingData

if TYPE_CHECKING:
    import lightgbm as lgb

FieldKind = Literal["number", "flag", "category"]
NO_WORDS: Mapping[str, Words] = MappingProxyType({})
MOST_EXPLAINED = 500  # refused clients: a share of them is known to 2 points, and TreeSHAP takes seconds


@dataclass(frozen=True)
class ReasonCoverage:
    """How many refusals have reasons with a sentence for the client.

    Parameters
    ----------
    unworded : list[str]
        The model's features that give no reason, whatever their value.
    refusals : int
        The refused clients of which the shares are taken, at most `MOST_EXPLAINED`.
    without_reasons : float
        Share of refusals without any reason.
    without_full_reasons : float
        Share of refusals with fewer reasons than topics that raised the risk, up to four.
    without_main_reason : float
        Share of refusals whose main topic, the one that raised the risk most, is not among the reasons.
    """

    unworded: list[str]
    refusals: int
    without_reasons: float
    without_full_reasons: float
    without_main_reason: float


def field_meanings(contract: Contract, meanings: Mapping[str, Meaning]) -> dict[str, Meaning]:
    """The meaning of every field of the contract; another lender's field is described by its name."""
    return {
        name: meanings.get(name) or Meaning(description=f"{readable(name)}.", topic=name) for name in contract.fields
    }


def reason_texts(
    data: TrainingData, names: Sequence[str], meanings: Mapping[str, Meaning], words: Mapping[str, Words] = NO_WORDS
) -> dict[str, ReasonText]:
    """The reason text of each of these features.

    `meanings` are those of Home Credit's columns or of a lender's own, `words` those of a lender's own. A feature with
    a direction has no sentence for its safe side: where the risk falls with income, a high one never is a reason,
    though its contribution can be above 0 among clients whose incomes are higher still.
    """
    topics = {feature.name: feature.topic for feature in data.features.derived}
    topics |= {name: meaning.topic for name, meaning in meanings.items() if name not in words}
    columns = [data.features.names.index(name) for name in names]
    medians = pd.DataFrame(data.matrix[:, columns], columns=list(names), copy=False).median()
    texts = {}
    for name, column in zip(names, columns, strict=True):
        levels = data.contract.codes.get(name)
        kind = _kind(levels, data.matrix[:, column])
        wording = wordings()[name] if name in topics else _own(name, kind, words.get(name, Words()))
        wording = _risky_side(wording, kind, data.directions.get(name))
        typical = None if levels is not None or pd.isna(medians[name]) else float(medians[name])
        texts[name] = _text(topics.get(name, name), wording, levels, typical)
    return texts


def coverage(
    booster: "lgb.Booster", scorecard: Scorecard, data: TrainingData, refused: np.ndarray, seed: int
) -> ReasonCoverage:
    """How many of the refused clients, (rows,) booleans, would be given reasons by this model."""
    names = list(scorecard.texts)
    unworded = [name for name, text in scorecard.sentences.items() if text.is_empty]
    rows = np.flatnonzero(refused)
    if len(rows) > MOST_EXPLAINED:
        rows = np.sort(np.random.default_rng(seed).choice(rows, MOST_EXPLAINED, replace=False))
    if not len(rows):
        return ReasonCoverage(unworded, 0, 0.0, 0.0, 0.0)
    columns = [data.features.names.index(name) for name in names]
    matrix = np.ascontiguousarray(data.matrix[rows][:, columns])
    explainer = Explainer(scorecard.sentences)
    none, short, main = 0, 0, 0
    for contributions, values in zip(Scorer(booster, scorecard.calibration).contributions(matrix), matrix, strict=True):
        stated = [reason["code"] for reason in explainer.reasons(contributions, values)]
        risen = explainer.risen(contributions)
        none += not stated
        short += len(stated) < min(MAX_REASONS, len(risen))
        main += bool(risen) and risen[0] not in stated
    total = len(rows)
    return ReasonCoverage(unworded, total, none / total, short / total, main / total)


def _own(name: str, kind: FieldKind, words: Words) -> Wording:
    """The wording of a lender's own field: its words, else those of its name."""
    return words.over(from_words(words.about.rstrip(".") or readable(name), kind), is_flag=kind == "flag")


def _risky_side(wording: Wording, kind: FieldKind, sign: int | None) -> Wording:
    """The sentences of the values with which the risk may be higher: 1 of high ones, -1 of low ones, None of both."""
    if sign is None:
        return wording
    side, flag = ("low", "0") if sign == 1 else ("high", "1")
    values = {value: text for value, text in wording.values.items() if kind != "flag" or value != flag}
    return wording.model_copy(update={side: "", "values": values})


def _kind(levels: Mapping[str, float] | None, values: np.ndarray) -> FieldKind:
    if levels is not None:
        return "category"
    return "flag" if np.isin(values, (0.0, 1.0)).sum() == (~np.isnan(values)).sum() else "number"


def _text(code: str, wording: Wording, levels: Mapping[str, float] | None, typical: float | None) -> ReasonText:
    points = [point for point in (typical, wording.neutral) if point is not None]
    bounds = {} if typical is None else {"below": min(points), "above": max(points)}
    if levels is None:
        values = {float(value): sentence for value, sentence in wording.values.items()}
    else:
        values = {levels[level]: sentence for level, sentence in wording.values.items() if level in levels}
    return ReasonText(
        code=code,
        **bounds,
        low=wording.low,
        high=wording.high,
        missing=wording.missing,
        values=values,
        other=wording.any,
    )
