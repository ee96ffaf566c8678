"""Pruning: after each fold, a trial is compared with the completed trials on the same folds, and the worst end.

Measured on 29 complete trials (7,952 clients) replayed in 1,000 orders: pruning the lowest quarter from the second fold
on took 73 % of the work, lost the best trial in 3 % of the orders and 0.000006 of AUC on average (the trials' standard
deviation was 0.0017). Pruning below the median took 64 % and lost the best in 16 %. The mean over all folds after each
round predicts little, since fast learners seldom end best: its rank correlation with the final AUC was -0.2 after 100
rounds and 0.3 after 500, and pruning below its median lost the best in 85 %.
"""

import numpy as np
import optuna
from optuna.pruners import BasePruner
from optuna.trial import FrozenTrial, TrialState

PRUNED_QUANTILE = 0.25
MIN_COMPLETED_TRIALS = 4  # fewer are no basis for a comparison


class FoldPruner(BasePruner):
    """Prunes a trial whose mean AUC over its first folds is in the lowest quarter of the completed trials.

    Optuna's PercentilePruner compares a trial's best mean over any number of folds; but some folds are easier.
    """

    def prune(self, study: optuna.Study, trial: FrozenTrial) -> bool:
        folds = trial.last_step
        if folds is None:
            return False
        complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        others = [other.intermediate_values[folds] for other in complete if folds in other.intermediate_values]
        return len(others) >= MIN_COMPLETED_TRIALS and bool(
            trial.intermediate_values[folds] < np.quantile(others, PRUNED_QUANTILE)
        )
