"""LightGBM: the cross-validation and the final booster."""

import sys
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
from tqdm import tqdm

from steps.training.binning import BinnedFold, constraints_of
from steps.training.parameters import Parameters

# Below this size a tree takes milliseconds, and threads mostly wait for each other: next to one busy process, 883 trees
# on 8,000 x 610 cells took 26 s with two threads and 10 s with one.
MIN_CELLS_FOR_THREADS = 20_000_000
ROUNDS_PER_TASK = 10
FIRST_FOLDS = 2  # a watched cross-validation starts with these, then adds one fold at a time


@dataclass(frozen=True)
class Watch:
    """Callbacks of a cross-validation; either may raise to abandon it.

    `on_growth` is called repeatedly, `on_folds` with a number of folds (from FIRST_FOLDS on) and their mean AUC.
    """

    on_growth: Callable[[], None]
    on_folds: Callable[[int, float], None]


@dataclass(frozen=True)
class OutOfFold:
    """The result of cross-validation.

    Attributes
    ----------
    log_odds
        (rows,) raw scores, each from the booster that was not trained on the row.
    fold
        (rows,) number of the fold that validates the row.
    fold_auc
        AUC of each fold on its validation rows, at the common number of rounds.
    rounds
        Number of trees with the best mean AUC over the folds.
    """

    log_odds: np.ndarray
    fold: np.ndarray
    fold_auc: list[float]
    rounds: int


def cross_validate(
    folds: list[BinnedFold], params: Parameters, seed: int, cores: int, watch: Watch | None = None
) -> OutOfFold:
    """Cross-validate on binned folds; the number of rounds is the best for the mean AUC over the folds.

    The folds grow in parallel on at most `cores` threads, and their mean AUC decides when to stop. Several threads may
    cross-validate the same folds at once. A watched cross-validation adds one fold at a time, with the same result.
    """
    from sklearn.metrics import roc_auc_score

    # One number for all folds: LightGBM's thread count is global to the process.
    threads = max(_threads(fold.train, len(folds), cores) for fold in folds)
    boosters = [_FoldBooster(fold, params, seed, threads) for fold in folds]
    if watch:
        for count in range(FIRST_FOLDS, len(folds)):
            watch.on_folds(count, _best_rounds(boosters[:count], params, watch, cores)[1])
    rounds, _ = _best_rounds(boosters, params, watch, cores)
    rows = sum(len(fold.rows) for fold in folds)
    log_odds, fold_of = np.empty(rows), np.empty(rows, dtype=np.int64)
    for number, each in enumerate(boosters):
        validation = each.fold.rows
        log_odds[validation] = each.booster.predict(
            each.fold.matrix, raw_score=True, num_iteration=rounds, num_threads=threads
        )
        fold_of[validation] = number
    fold_auc = [float(roc_auc_score(fold.target, log_odds[fold.rows])) for fold in folds]
    return OutOfFold(log_odds, fold_of, fold_auc, rounds)


def fit(binned: lgb.Dataset, params: Parameters, rounds: int, seed: int, cores: int) -> lgb.Booster:
    """A booster on all rows of the binned data."""
    return lgb.train(
        params.for_lightgbm(binned.num_feature(), seed, _threads(binned, 1, cores)) | constraints_of(binned),
        binned,
        num_boost_round=rounds,
    )


class _FoldBooster:
    """The booster of a fold, with its AUC on the validation rows after each round."""

    def __init__(self, fold: BinnedFold, params: Parameters, seed: int, threads: int):
        self.fold = fold
        self.threads = threads
        self.auc: list[float] = []
        trained = params.for_lightgbm(fold.train.num_feature(), seed, threads) | constraints_of(fold.train)
        self.booster = lgb.Booster(trained, fold.train)
        self.booster.add_valid(fold.validation, "validation")

    def grow(self, rounds: int) -> None:
        for _ in range(rounds):
            self.booster.update()
            self.auc.append(self.booster.eval_valid()[0][2])


def _threads(binned: lgb.Dataset, boosters: int, cores: int) -> int:
    """Threads per booster where several share the cores; one for small data."""
    is_large = binned.num_data() * binned.num_feature() >= MIN_CELLS_FOR_THREADS
    return max(1, cores // boosters) if is_large else 1


def _best_rounds(
    boosters: list[_FoldBooster], params: Parameters, watch: Watch | None, cores: int
) -> tuple[int, float]:
    """Grow until the folds' mean AUC has not risen for `patience` rounds; return the best round and its mean AUC.

    The fold with the fewest rounds grows next, so that no core idles. Rounds that a fold grew beyond the last common
    one are ignored, so that the result does not depend on timing.
    """
    running: dict[Future, _FoldBooster] = {}
    best, done, over = 0, 0, False
    with (
        tqdm(
            total=params.rounds,
            desc="  cross-validation",
            unit="round",
            mininterval=1 if sys.stderr.isatty() else 10,
            disable=watch is not None,
        ) as bar,
        ThreadPoolExecutor(cores, initializer=_silence, initargs=(boosters[0].threads,)) as pool,
    ):
        while not over:
            _submit_shortest(boosters, running, pool, params.rounds, cores)
            for finished in wait(running, return_when=FIRST_COMPLETED).done:
                running.pop(finished)
                finished.result()
            common = min(len(each.auc) for each in boosters)
            if common > done:
                means = np.mean([each.auc[:common] for each in boosters], axis=0)
                best, over = _peak(means, params)
                bar.set_postfix_str(f"AUC {means[best]:.4f}", refresh=False)
                bar.update(common - done)
                done = common
            if watch:
                watch.on_growth()
        if done < params.rounds:
            stopped = f"stopped after {done:,} rounds: no better for {params.patience:,} than after {best + 1:,}"
            bar.set_postfix_str(f"AUC {means[best]:.4f}, {stopped}", refresh=False)
    return best + 1, float(means[best])


def _submit_shortest(
    boosters: list[_FoldBooster], running: dict[Future, _FoldBooster], pool: ThreadPoolExecutor, limit: int, cores: int
) -> None:
    busy = list(running.values())
    idle = [each for each in boosters if each not in busy and len(each.auc) < limit]
    for each in sorted(idle, key=lambda each: len(each.auc))[: cores - len(busy)]:
        running[pool.submit(each.grow, min(ROUNDS_PER_TASK, limit - len(each.auc)))] = each


def _peak(means: np.ndarray, params: Parameters) -> tuple[int, bool]:
    """The best round, counted from 0, and whether to stop: out of patience, or out of rounds."""
    best = 0
    for number, mean in enumerate(means):
        if mean > means[best]:
            best = number
        elif number - best >= params.patience:
            return best, True
    return best, len(means) >= params.rounds


def _silence(threads: int) -> None:
    """Let LightGBM log errors only: its log level is one per thread, and a new thread has the default.

    LightGBM's thread count is global to the process: this dataset must repeat the current one.
    """
    lgb.Dataset(np.zeros((2, 1)), params={"verbosity": -1, "num_threads": threads}).construct()
