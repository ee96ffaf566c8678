"""Pruning: a trial ends early, fold after fold, by comparison with completed trials on the same folds.

Measured on 29 complete trials (7,952 clients) replayed in 1,000 orders: pruning the lowest quarter from the second fold
on took 73 % of the work, lost the best trial in 3 % of the orders and 0.000006 of AUC on average (the trials' standard
deviation was 0.0017). Pruning below the median took 64 % and lost the best in 16 %. The mean over all folds, round
after round, is no guide, as fast learners do not end best: its rank correlation with the final AUC was -0.2 after 100
rounds and 0.3 after 500, and pruning below its median lost the best in 85 %.
"""

import numpy as np
import optuna
from optuna.pruners import BasePruner
from optuna.trial import FrozenTrial, TrialState

LOWEST = 0.25
ENOUGH = 4  # completed trials to compare with


class FoldPruner(BasePruner):
    """Prunes a trial whose mean AUC over its first folds is in the lowest quarter of the completed trials' on them.

    Optuna's PercentilePruner would take the trial's best mean over any number of folds, and some folds are easier.
    """

    def prune(self, study: optuna.Study, trial: FrozenTrial) -> bool:
        folds = trial.last_step
        if folds is None:
            return False
        complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        others = [other.intermediate_values[folds] for other in complete if folds in other.intermediate_values]
        return len(others) >= ENOUGH and bool(trial.intermediate_values[folds] < np.quantile(others, LOWEST))
