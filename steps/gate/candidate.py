"""Checks of the candidate for itself: enough clients, ranking, calibration, threshold, business score, omissions."""

import math

import numpy as np

from custom_model.costs import Costs
from custom_model.omission import Examination
from custom_model.rates import QUANTILE
from steps.evaluation.on_holdout import Evaluation
from steps.gate.check import Check
from steps.quality.figures import Quality
from steps.quality.paired import Difference, auc_difference
from steps.quality.thresholds import check_threshold
from steps.run.policy import Gate

SAME_THRESHOLD = 1e-9
BY_CHANCE = 1e-4  # how often a model that knows nothing may seem to rank clients
ANOTHER_HOLDOUT = "evaluate on more clients: a larger file, or a later one, through -P data"


def check_clients(candidate: Evaluation, bounds: Gate) -> Check:
    """Enough held-out clients, and defaults among them, to judge a version at all."""
    clients, defaults = len(candidate.target), int(candidate.target.sum())
    enough = clients >= bounds.least_clients and defaults >= bounds.least_defaults
    return Check(
        "held-out clients",
        enough,
        f"{clients:,} with {defaults:,} defaults",
        f"at least {bounds.least_clients:,} with {bounds.least_defaults:,}",
        advice=ANOTHER_HOLDOUT,
    )


def check_ranking(candidate: Evaluation) -> Check:
    """The AUC is above that of chance: a model of shuffled outcomes passes once in 10,000 times.

    Among many trained on noise, one has a business score above zero on any holdout; a model of any use is as far above
    chance as this on 1,000 clients.
    """
    from scipy.stats import norm

    chance = np.full(len(candidate.target), 0.5)
    mean, low, high = auc_over(candidate.probability, chance, candidate.target)
    error = (high - low) / 2 / QUANTILE
    p_value = float(norm.sf(mean / error)) if error else float(mean <= 0)
    return Check(
        "ranking",
        p_value < BY_CHANCE,
        f"AUC {0.5 + mean:.4f} ({0.5 + low:.4f} to {0.5 + high:.4f})",
        "above 0.5 beyond doubt",
        f"p = {p_value:.1g}, less than {BY_CHANCE:g} asked for",
        "the model ranks clients hardly better than chance: train on more clients, or on outcomes that the fields tell",
    )


def auc_over(one: np.ndarray, other: np.ndarray, target: np.ndarray) -> Difference:
    """The `auc_difference`; where one client of an outcome tells nothing, any that can be, from -1 to 1."""
    try:
        return auc_difference(one, other, target)
    except ValueError:
        return Difference(0.0, -1.0, 1.0)


def check_calibration(quality: Quality, bounds: Gate) -> Check:
    """The error within its bound, on clients enough that a calibrated model would stay within it, too.

    Chance falls with the square root of the clients: where it reaches 0.04 on 500, it reaches 0.02 on 2,000.
    """
    error, noise, clients = (quality.figures[name] for name in ("calibration_error", "calibration_noise", "clients"))
    bound = bounds.worst_calibration_error
    sure, advice = f"chance alone reaches {noise:.4f}", "train again on recent clients: the outcomes have moved"
    if noise > bound:
        enough = math.ceil(clients * (noise / bound) ** 2)
        sure = f"too few clients to judge it: on {clients:,.0f}, {sure}; about {enough:,} would do"
        advice = ANOTHER_HOLDOUT
    return Check(
        "calibration",
        noise <= bound and error <= bound,
        f"error {error:.4f}",
        f"at most {bound:.4f}",
        sure,
        advice,
    )


def check_threshold_agreement(
    candidate: Evaluation, costs: Costs, bounds: Gate, bootstraps: int, seed: int
) -> tuple[Check, dict[str, float]]:
    """The version decides at the policy's threshold, and that is the cheapest one, or dearer by little.

    The closed form holds for calibrated probabilities. That the cheapest threshold on some clients is another is
    chance in one case of twenty, which costs little: it fails only where it also costs more than the bound.
    """
    own = candidate.threshold
    if abs(own - costs.threshold) > SAME_THRESHOLD:
        return Check(
            "threshold",
            False,
            f"the version refuses from {own:.4f} on",
            f"policy.yaml's costs from {costs.threshold:.4f} on",
            advice="make the version under today's policy.yaml: train it again",
        ), {}
    found = check_threshold(candidate.probability, candidate.target, costs, bootstraps, seed)
    extra = found.cost_closed_form - found.cost_empirical
    is_cheap = extra <= bounds.worst_threshold_cost
    held = "it is within the band" if found.agree else "the latter holds" if is_cheap else "neither holds"
    check = Check(
        "threshold",
        found.agree or is_cheap,
        f"{own:.4f}, cheapest on these clients {found.empirical:.4f}, which costs {extra:.4f} less",
        f"within the band of the cheapest, or at most {bounds.worst_threshold_cost:.4f} dearer",
        f"{held}: of 100 resamples 98 are cheapest from {found.band[0]:.4f} to {found.band[1]:.4f}",
        "train again on recent clients: where another threshold is cheaper, the probabilities are not calibrated",
    )
    return check, {"threshold_cheapest": found.empirical, "threshold_extra_cost": extra}


def check_business_score(quality: Quality, bounds: Gate) -> Check:
    """The score above its bound with its interval: 0 is as good as granting or refusing everyone."""
    score, (low, high) = quality.figures["business_score"], quality.intervals["business_score"]
    bound = bounds.least_business_score
    sure = ""
    if low <= bound < high:
        sure = "too few clients to tell" if score > bound else "not above the bound on these clients"
        if score > bound:
            enough = math.ceil(quality.figures["clients"] * ((score - low) / (score - bound)) ** 2)
            sure += f": about {enough:,} with this score would do"
    return Check(
        "business score",
        low > bound,
        f"{score:.4f} ({low:.4f} to {high:.4f})",
        f"at its lower end above {bound:.4f}",
        sure,
        "the model hardly beats deciding all clients alike: more informative fields, or more training clients",
    )


def check_omissions(examination: Examination | None, bound: float) -> Check:
    """No field or group that the contract lets an application leave out wins credit, but for the bound's share.

    Training demands fields until this holds on its own held-out clients, without their outcomes: the check fails where
    policy, data or code have changed since.
    """
    name = "credit won by omission"
    advice = (
        "train it again: training demands fields until this holds; or allow more in policy.yaml, most_won_by_omission"
    )
    if examination is None:
        return Check(name, False, "not measured: the version was trained before; train it again", advice=advice)
    worst = max(examination.omissions, key=lambda each: each.highest, default=None)
    if worst is None:
        return Check(name, True, "0: every field that the model uses must be sent")
    return Check(
        name,
        worst.highest <= bound,
        f"{worst.share:.4f} of the refused without {worst.name} ({worst.granted} of {worst.refused:,}), "
        f"{worst.highest:.4f} at the upper end",
        f"at most {bound:.4f}",
        advice=advice,
    )
