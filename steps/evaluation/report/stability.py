"""Stability: shifts of the score and of the features, and decisions that small changes of an input turn."""

import numpy as np
import pandas as pd

from steps.evaluation.inspection import CHANGES, EVERYTHING, MOST_FIELDS, Inspection
from steps.evaluation.report.document import Block, Figures, LeftOut, Paragraph, Shown, Table, number, share
from steps.quality.stability import ALIKE, SHIFTED, in_tenths, in_words, index_by_chance, index_of, tenths
from steps.tables.feature_table import FeatureTable
from steps.training.folds import stratified_folds
from steps.training.score_reference import ScoreReference

LISTED = 10
UNCHANGED = "none"
MOST_ROWS = 60_000  # training clients: more change no tenth


class ScoreShift(Figures):
    """PSI of the evaluated scores against the training's out-of-fold ones, and of each fold against the others.

    `by_chance` is what samples of one population stay under in 95 of 100 cases, `by_chance_of_fold` a fold.
    """

    index: float
    by_chance: float
    folds: list[float]
    by_chance_of_fold: float

    @property
    def verdict(self) -> str:
        return in_words(self.index, self.by_chance)

    @property
    def verdict_of_folds(self) -> str:
        return in_words(max(self.folds), self.by_chance_of_fold)


class FieldShift(Figures):
    """PSI of one field: evaluated against training clients, and the largest of a fold against the other folds."""

    field: str
    words: str
    index: float
    by_chance: float
    worst_fold: float

    @property
    def verdict(self) -> str:
        return in_words(self.index, self.by_chance)


class FieldShifts(Figures):
    """The fields that the model uses, the largest shift first."""

    fields: int
    training_clients: int
    shifts: list[FieldShift]


class FieldFlips(Figures):
    """Shares of decisions that change where a field's values do, by relative change such as "+5 %"."""

    field: str
    words: str
    changed: float
    flipped: dict[str, float]
    to_refused: int
    to_granted: int
    to_referred: int

    @property
    def worst(self) -> float:
        return max(self.flipped.values())


class SmallChanges(Figures):
    """The fields whose small changes turn most decisions, and all numbers changed at once."""

    clients: int
    fields: list[FieldFlips]
    everything: dict[str, float]


class Stability(Figures):
    """Each part, or why it was left out."""

    score: ScoreShift | LeftOut
    features: FieldShifts | LeftOut
    changes: SmallChanges | LeftOut

    def shown(self) -> Shown:
        return Shown(
            "Stability",
            [*_score_blocks(self.score), *_feature_blocks(self.features), *_change_blocks(self.changes)],
        )


def score_shift(probability: np.ndarray, reference: ScoreReference | None) -> ScoreShift | LeftOut:
    """The shift of (clients,) scores against the reference of the training."""
    if reference is None:
        return LeftOut(left_out="PSI of the score: the training's run has no reference of its score.")
    edges, counts = np.array(reference.edges), np.array(reference.counts)
    clients, folds = int(counts.sum()), len(reference.folds)
    return ScoreShift(
        index=index_of(counts, in_tenths(probability, edges)),
        by_chance=index_by_chance(len(counts), clients, len(probability)),
        folds=reference.folds,
        by_chance_of_fold=index_by_chance(len(counts), clients - clients // folds, clients // folds),
    )


def field_shifts(
    table: FeatureTable, rows: np.ndarray, training: np.ndarray, inspection: Inspection, folds: int, seed: int
) -> FieldShifts:
    """The shifts of the model's fields between (table rows,) evaluated `rows` and `training` rows, and the folds.

    Training clients beyond `MOST_ROWS` are left out by chance. The folds are those of the cross-validation.
    """
    trained = np.flatnonzero(training)
    fold = np.empty(len(trained), int)
    target = table.frame[table.lineage.target].to_numpy()[trained]
    for place, (_, validation) in enumerate(stratified_folds(target, folds, seed)):
        fold[validation] = place
    if len(trained) > MOST_ROWS:
        drawn = np.sort(np.random.default_rng(seed).choice(len(trained), MOST_ROWS, replace=False))
        trained, fold = trained[drawn], fold[drawn]
    evaluated = np.flatnonzero(rows)
    shifts = [
        _shift(name, inspection.in_words(name), *_binned(table.frame[name], trained, evaluated), fold, folds)
        for name in inspection.inputs
        if name in table.fields
    ]
    shifts.sort(key=lambda each: -each.index)
    return FieldShifts(fields=len(shifts), training_clients=len(trained), shifts=shifts)


def small_changes(inspection: Inspection | None) -> SmallChanges | LeftOut:
    """The decisions that an inspection saw flip, strongest fields first."""
    if inspection is None or not inspection.flips:
        return LeftOut(left_out="Small changes of inputs: the version's code cannot be asked, or uses no number.")
    by_field: dict[str, FieldFlips] = {}
    for each in inspection.flips:
        if each.field == EVERYTHING:
            continue
        before = by_field.get(each.field)
        by_field[each.field] = FieldFlips(
            field=each.field,
            words=inspection.in_words(each.field),
            changed=max(each.changed / each.clients, before.changed if before else 0.0),
            flipped={**(before.flipped if before else {}), f"{each.change:+.0%}": each.share},
            to_refused=each.to_refused + (before.to_refused if before else 0),
            to_granted=each.to_granted + (before.to_granted if before else 0),
            to_referred=each.to_referred + (before.to_referred if before else 0),
        )
    return SmallChanges(
        clients=inspection.explained,
        fields=sorted(by_field.values(), key=lambda each: -each.worst),
        everything={f"±{each.change:.0%}": each.share for each in inspection.flips if each.field == EVERYTHING},
    )


def _binned(column: pd.Series, trained: np.ndarray, evaluated: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The bins of the training and of the evaluated clients: tenths or levels, and one of missing values."""
    both = column.iloc[np.concatenate([trained, evaluated])]
    if column.dtype.kind == "f":
        values = both.to_numpy()
        known = values[: len(trained)][~np.isnan(values[: len(trained)])]
        edges = tenths(known) if len(known) else np.empty(0)
        bins = np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, side="right"))
    else:
        bins = pd.factorize(both, use_na_sentinel=False)[0]
    return bins[: len(trained)], bins[len(trained) :]


def _shift(
    name: str, words: str, trained: np.ndarray, evaluated: np.ndarray, fold: np.ndarray, folds: int
) -> FieldShift:
    bins = int(max(trained.max(), evaluated.max())) + 1
    counts = np.bincount(trained, minlength=bins)
    of_fold = np.bincount(trained + bins * fold, minlength=bins * folds).reshape(folds, bins)
    met = int(((counts + np.bincount(evaluated, minlength=bins)) > 0).sum())
    return FieldShift(
        field=name,
        words=words,
        index=index_of(counts, np.bincount(evaluated, minlength=bins)),
        by_chance=index_by_chance(met, len(trained), len(evaluated)),
        worst_fold=max(index_of(counts - each, each) for each in of_fold),
    )


def _score_blocks(score: ScoreShift | LeftOut) -> list[Block]:
    if isinstance(score, LeftOut):
        return [Paragraph(score.left_out)]
    folds = ", ".join(number(each) for each in score.folds)
    return [
        Paragraph(
            f"PSI of the score against the training's out-of-fold scores: {number(score.index)}, "
            f"{score.verdict}; by chance up to {number(score.by_chance)}. Each fold against the others: {folds}; "
            f"{score.verdict_of_folds}. Below {ALIKE:g}, or by chance, populations count as alike, from {SHIFTED:g} on "
            "as different (Siddiqi 2006).",
            {score.verdict, score.verdict_of_folds} != {"alike"},
        )
    ]


def _feature_blocks(features: FieldShifts | LeftOut) -> list[Block]:
    if isinstance(features, LeftOut):
        return [Paragraph(features.left_out)]
    rows = [
        [
            f"{each.words} [{each.field}]",
            number(each.index),
            number(each.by_chance),
            each.verdict,
            number(each.worst_fold),
        ]
        for each in features.shifts[:LISTED]
    ]
    shifted = sum(each.verdict != "alike" for each in features.shifts)
    return [
        Paragraph(
            f"Of the {features.fields:,} fields that the model uses, {shifted:,} are not alike between these clients "
            f"and {features.training_clients:,} training clients.",
            bool(shifted),
        ),
        Table(f"PSI of the {len(rows)} fields with the largest shift",
              ["field", "PSI", "by chance up to", "in words", "worst fold"], rows),
    ]  # fmt: skip


def _change_blocks(changes: SmallChanges | LeftOut) -> list[Block]:
    if isinstance(changes, LeftOut):
        return [Paragraph(changes.left_out)]
    names = [f"{change:+.0%}" for change in CHANGES]
    rows = [
        [f"{each.words} [{each.field}]", share(each.changed), *(share(each.flipped.get(name)) for name in names),
         f"{each.to_refused:,}", f"{each.to_granted:,}", f"{each.to_referred:,}"]
        for each in changes.fields[:LISTED]
    ]  # fmt: skip
    everything = ", ".join(f"{share(value)} at {name}" for name, value in changes.everything.items()) or UNCHANGED
    header = ["field", "clients with another value", *names, "turned to refused", "to granted", "to a person"]
    return [
        Paragraph(
            f"Of {changes.clients:,} of these clients chosen by chance, with each of the {len(changes.fields)} "
            f"strongest numeric fields changed alone (at most {MOST_FIELDS}; money and counts rounded to whole "
            f"ones); with all numbers changed at once, each by chance up or down, decisions that turn: {everything}."
        ),
        Table("Decisions that small changes turn, strongest fields first", header, rows),
    ]
