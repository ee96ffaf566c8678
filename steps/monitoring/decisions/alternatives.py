"""What the probabilities of a window would cost, decided otherwise."""

from math import isclose

import numpy as np

from custom_model.costs import Costs, is_refused
from steps.evaluation.report.document import Figures
from steps.traffic.comparison import GRANTED, REFERRED, REFUSED, Decisions

FACTORS = (0.5, 0.8, 1.25, 2.0)  # of the reference's threshold


class Alternative(Figures):
    """The same probabilities decided otherwise: the share granted, and the mean expected cost."""

    name: str
    granted: float
    cost: float


def alternatives(decided: Decisions, threshold: float, costs: Costs) -> list[Alternative]:
    """The decisions as they are, by other thresholds, and all alike; `threshold` is the reference's."""
    found = [_alternative("as decided", decided, costs)]
    if costs.review is not None:
        found.append(_alternative("by today's costs, with reviews", _at(decided, costs.threshold, costs), costs))
    bounds = {"by the reference's threshold": threshold}
    if not isclose(threshold, costs.threshold, rel_tol=1e-9):
        bounds["by the threshold of today's costs"] = costs.threshold
    bounds |= {
        f"by {factor:g} times the reference's": factor * threshold for factor in FACTORS if factor * threshold < 1
    }
    for name, bound in bounds.items():
        found.append(_alternative(f"{name}, {bound:.4f}", _at(decided, bound), costs))
    everyone = {"all granted": np.inf, "all refused": 0.0}
    return found + [_alternative(name, _at(decided, bound), costs) for name, bound in everyone.items()]


def _at(decided: Decisions, threshold: float, costs: Costs | None = None) -> Decisions:
    """The same probabilities by another threshold, and by the reviews of `costs`."""
    outcome = np.where(is_refused(decided.probability, threshold), REFUSED, GRANTED)
    if costs is not None:
        outcome = np.where(costs.needs_review(decided.probability), REFERRED, outcome)
    return Decisions(outcome, decided.probability, np.full(len(outcome), threshold))


def _alternative(name: str, decided: Decisions, costs: Costs) -> Alternative:
    return Alternative(name=name, granted=float(decided.granted.mean()), cost=float(decided.cost(costs).mean()))
