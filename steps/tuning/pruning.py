"""When a trial is given up: fold after fold, against what completed trials had on the same folds.

Of 29 trials on 7,952 clients that all saw their end, put into 1,000 orders: giving up those in the lowest quarter
from the second fold on took 73 % of the work, lost the best trial in 3 % of the orders and 0.000006 of AUC on average
(the trials' standard deviation was 0.0017). Below the median it took 64 % and lost the best in 16 %. The mean of all
folds as they grow, round after round, tells nothing: what learns fast is not what ends best. Its rank correlation
with the end was -0.2 after 100 rounds and 0.3 after 500, and pruning below its median lost the best in 85 %.
"""

import numpy as np
import optuna
from optuna.pruners import BasePruner
from optuna.trial import FrozenTrial, TrialState

LOWEST = 0.25
ENOUGH = 4  # completed trials to compare with


class FoldPruner(BasePruner):
    """Prunes a trial whose mean over its first folds lies in the lowest quarter of the completed trials' on these.

    Optuna's PercentilePruner would take the trial's best mean of all numbers of folds, and some folds are easier.
    """

    def prune(self, study: optuna.Study, trial: FrozenTrial) -> bool:
        folds = trial.last_step
        complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        others = [other.intermediate_values[folds] for other in complete if folds in other.intermediate_values]
        return len(others) >= ENOUGH and bool(trial.intermediate_values[folds] < np.quantile(others, LOWEST))
