"""The trials of one process in a study."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import optuna
from mlflow.entities import Run
from optuna.trial import TrialState
from tqdm import tqdm

from steps.run.settings import Settings
from steps.training.binning import BinnedFold
from steps.training.boosting import Watch, cross_validate
from steps.training.parameters import Parameters
from steps.tuning.interruption import StopRequest, interruptible
from steps.tuning.search_space import suggest
from steps.tuning.study import FINISHED, finished
from steps.tuning.trial_record import TrialRun, fail_orphaned_trials, has_ownerless_trial

LOOK_AGAIN = 0.2  # seconds


class Abandoned(Exception):
    """A trial that ends unfinished: the search stops, or other trials complete the study."""


class Trials:
    """Trials on shared folds, `jobs` at once, until the study has `number` finished trials or is to stop.

    Jobs are threads: LightGBM releases the GIL while it grows a tree, threads share the folds in memory, and OpenMP
    breaks in a forked process.
    """

    def __init__(
        self,
        study: optuna.Study,
        folds: list[BinnedFold],
        base: Parameters,
        number: int,
        jobs: int,
        parent: Run,
        settings: Settings,
    ):
        self._study, self._folds, self._base, self._parent = study, folds, base, parent
        self._number, self._jobs = number, jobs
        self._cores = max(1, settings.cores // jobs)
        self._seed = settings.seed
        self._stop = StopRequest()
        self._bar_lock = threading.Lock()

    def run(self, stop: StopRequest) -> None:
        """Run trials; each is recorded in the study and in MLflow before its job starts the next."""
        self._stop = stop
        done = len(finished(self._study))
        with (
            tqdm(total=max(self._number, done), initial=done, desc="  tuning", unit="trial") as bar,
            ThreadPoolExecutor(self._jobs) as pool,
            interruptible(stop),
        ):
            for worker in [pool.submit(self._work, bar) for _ in range(self._jobs)]:
                worker.result()

    def _work(self, bar: tqdm) -> None:
        try:
            while not self._stop.is_due and self._remain():
                self._study.optimize(self._objective, n_trials=1, catch=(Abandoned,))
                self._show(bar)
        except BaseException:
            self._stop.request()  # of the other threads, too: their trials would be in vain
            raise

    def _remain(self) -> bool:
        """Whether another trial is to start.

        Trials without an owner are waited for: they get one at once, or are those of a process that was killed.
        """
        while self._started() >= self._number:
            if self._stop.is_due or not has_ownerless_trial(self._study):
                return False
            time.sleep(LOOK_AGAIN)
        return True

    def _started(self, before: float = float("inf")) -> int:
        """Number of finished or running trials, of this process and of other live ones."""
        fail_orphaned_trials(self._study)
        trials = self._study.get_trials(deepcopy=False, states=(*FINISHED, TrialState.RUNNING))
        return sum(trial.number < before for trial in trials)

    def _objective(self, trial: optuna.Trial) -> float:
        if self._started(before=trial.number) >= self._number:
            raise Abandoned  # another process has started the last trial at the same time
        params = suggest(trial, self._base)
        record = TrialRun.begin(trial, self._parent)

        def on_growth() -> None:
            if self._stop.is_due:
                raise Abandoned

        def on_folds(folds: int, auc: float) -> None:
            trial.report(auc, folds)
            if trial.should_prune():
                record.prune(trial, auc, folds)
                raise optuna.TrialPruned

        try:
            folds = cross_validate(self._folds, params, self._seed, self._cores, Watch(on_growth, on_folds))
        except optuna.TrialPruned:
            raise
        except BaseException:
            record.abandon(trial)
            raise
        auc = sum(folds.fold_auc) / len(folds.fold_auc)
        record.complete(trial, folds, auc)
        return auc

    def _show(self, bar: tqdm) -> None:
        with self._bar_lock:
            done = finished(self._study)
            complete = [trial.value for trial in done if trial.state == TrialState.COMPLETE and trial.value is not None]
            if complete:
                pruned = sum(trial.state == TrialState.PRUNED for trial in done)
                bar.set_postfix_str(f"best AUC {max(complete):.4f}, {pruned} pruned", refresh=False)
            bar.update(len(done) - bar.n)
