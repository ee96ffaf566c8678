"""LightGBM: its cross-validation and the final booster."""

import sys
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
from sklearn.metrics import roc_auc_score
from tqdm import tqdm

from steps.training.binning import BinnedFold
from steps.training.parameters import Parameters

# Below this many cells a tree takes milliseconds, and threads spend more on waiting for each other: beside
# one busy process, 883 trees on 8,000 x 610 took 26 s with two threads and 10 s with one.
WORTH_THREADS = 20_000_000
STRIDE = 10  # rounds that a fold grows at a time

FIRST_FOLDS = 2  # that a watched cross-validation grows together; then it adds fold after fold


@dataclass(frozen=True)
class Watch:
    """Who is told how a cross-validation goes; either call may raise, to give the parameters up.

    `grown` is called again and again, `folded` with a number of folds and their mean AUC, from FIRST_FOLDS on.
    """

    grown: Callable[[], None]
    folded: Callable[[int, float], None]


@dataclass(frozen=True)
class OutOfFold:
    """What cross-validation gave: each row's log-odds from the booster that had not seen it."""

    log_odds: np.ndarray
    fold: np.ndarray
    fold_auc: list[float]
    rounds: int


def cross_validate(
    folds: list[BinnedFold], params: Parameters, seed: int, cores: int, watch: Watch | None = None
) -> OutOfFold:
    """Cross-validate on folds binned before; the number of rounds is the one best for the mean over the folds.

    The folds grow side by side, a thread a fold, so that their mean AUC says when to stop. `cores` are
    those to use; cross-validations of the same folds may run in several threads at once. A watched one adds fold
    after fold, and comes to the same result.
    """
    # The same for all folds: LightGBM counts threads once for the whole process.
    threads = max(_threads(fold.train, len(folds), cores) for fold in folds)
    growing = [_Growing(fold, params, seed, threads) for fold in folds]
    for some in range(FIRST_FOLDS, len(folds)) if watch else ():
        watch.folded(some, _best_rounds(growing[:some], params, watch, cores)[1])
    rounds, _ = _best_rounds(growing, params, watch, cores)
    rows = sum(len(fold.rows) for fold in folds)
    log_odds, number = np.empty(rows), np.empty(rows, dtype=np.int64)
    for place, grown in enumerate(growing):
        held = grown.fold.rows
        log_odds[held] = grown.booster.predict(
            grown.fold.matrix, raw_score=True, num_iteration=rounds, num_threads=threads
        )
        number[held] = place
    fold_auc = [float(roc_auc_score(fold.target, log_odds[fold.rows])) for fold in folds]
    return OutOfFold(log_odds, number, fold_auc, rounds)


def fit(binned: lgb.Dataset, params: Parameters, rounds: int, seed: int, cores: int) -> lgb.Booster:
    """A booster on all rows of the data."""
    return lgb.train(
        params.for_lightgbm(binned.num_feature(), seed, _threads(binned, 1, cores)),
        binned,
        num_boost_round=rounds,
    )


class _Growing:
    """A fold's booster, and its AUC on the held rows after each round."""

    def __init__(self, fold: BinnedFold, params: Parameters, seed: int, threads: int):
        self.fold = fold
        self.threads = threads
        self.auc: list[float] = []
        self.booster = lgb.Booster(params.for_lightgbm(fold.train.num_feature(), seed, threads), fold.train)
        self.booster.add_valid(fold.held, "held")

    def grow(self, rounds: int) -> None:
        for _ in range(rounds):
            self.booster.update()
            ((_, _, auc, _),) = self.booster.eval_valid()
            self.auc.append(auc)


def _threads(binned: lgb.Dataset, at_once: int, cores: int) -> int:
    """Threads for each of so many boosters on so many cores: more than one only where a tree is work for them."""
    worth = binned.num_data() * binned.num_feature() >= WORTH_THREADS
    return max(1, cores // at_once) if worth else 1


def _best_rounds(growing: list[_Growing], params: Parameters, watch: Watch | None, cores: int) -> tuple[int, float]:
    """Grow until the folds' mean AUC has not risen for `patience` rounds; the rounds it was best at, and the best.

    The fold that is furthest behind grows next, so that no core waits; what a fold grew beyond the end is ignored,
    so that the answer does not depend on who was first.
    """
    shown = {"mininterval": 1 if sys.stderr.isatty() else 10, "disable": watch is not None}
    underway: dict[Future, _Growing] = {}
    best, done, over = 0, 0, False
    with (
        tqdm(total=params.rounds, desc="  cross-validation", unit="round", **shown) as bar,
        ThreadPoolExecutor(cores, initializer=_silence, initargs=(growing[0].threads,)) as pool,
    ):
        while not over:
            _send_the_furthest_behind(growing, underway, pool, params.rounds, cores)
            for finished in wait(underway, return_when=FIRST_COMPLETED).done:
                underway.pop(finished)
                finished.result()
            common = min(len(each.auc) for each in growing)
            if common > done:
                means = np.mean([each.auc[:common] for each in growing], axis=0)
                best, over = _peak(means, params)
                bar.set_postfix_str(f"AUC {means[best]:.4f}", refresh=False)
                bar.update(common - done)
                done = common
            if watch:
                watch.grown()
    return best + 1, float(means[best])


def _send_the_furthest_behind(
    growing: list[_Growing], underway: dict[Future, _Growing], pool: ThreadPoolExecutor, most: int, cores: int
) -> None:
    busy = list(underway.values())
    idle = [each for each in growing if each not in busy and len(each.auc) < most]
    for each in sorted(idle, key=lambda each: len(each.auc))[: cores - len(busy)]:
        underway[pool.submit(each.grow, min(STRIDE, most - len(each.auc)))] = each


def _peak(means: np.ndarray, params: Parameters) -> tuple[int, bool]:
    """The best round from 0 on, and whether to stop: patience is at an end, or there are no more rounds."""
    best = 0
    for number, mean in enumerate(means):
        if mean > means[best]:
            best = number
        elif number - best >= params.patience:
            return best, True
    return best, len(means) >= params.rounds


def _silence(threads: int) -> None:
    """Errors only: LightGBM keeps a level for each thread, and one that merely grows trees would have none set.

    The number of its own threads it keeps for the whole process: here, too, it must be the one in use.
    """
    lgb.Dataset(np.zeros((2, 1)), params={"verbosity": -1, "num_threads": threads}).construct()
