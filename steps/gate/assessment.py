"""The gate: the conditions of a promotion, checked on held-out clients."""

from collections.abc import Sequence
from dataclasses import dataclass

from steps.evaluation.groups import ClientGroup, client_groups, segment_groups
from steps.evaluation.on_holdout import Evaluation
from steps.gate.against_champion import check_auc, check_cost, extra_cost
from steps.gate.approvals import check_least_ratio, check_ratio_decreases
from steps.gate.candidate import (
    check_business_score,
    check_calibration,
    check_clients,
    check_omissions,
    check_ranking,
    check_threshold_agreement,
)
from steps.gate.check import Verdict, verdict_of
from steps.gate.segments import check_segments
from steps.run.policy import Policy
from steps.tables.feature_table import FeatureTable

WITHOUT_CHAMPION = "there is no champion to compare cost, AUC, segments and approval ratios with"
WITHOUT_GROUPS = "this data has none of policy.yaml's protected attributes and segments"


@dataclass(frozen=True)
class Groups:
    """Groups of the held-out clients: of the protected attributes, and of policy.yaml's segments."""

    protected: Sequence[ClientGroup] = ()
    segments: Sequence[ClientGroup] = ()


def groups_of(evaluation: Evaluation, table: FeatureTable, policy: Policy) -> Groups:
    """The groups of the clients that an evaluation is of."""
    return Groups(
        list(client_groups(evaluation, table, policy)),
        list(segment_groups(evaluation, table, policy)),
    )


def assess(
    candidate: Evaluation,
    champion: Evaluation | None,
    policy: Policy,
    bootstraps: int,
    seed: int,
    groups: Groups = Groups(),
) -> Verdict:
    """Check the candidate against policy.yaml and, on the same clients, against the champion.

    Parameters
    ----------
    candidate, champion
        Evaluations on the same (rows,) clients in the same order; None: there is no champion yet.
    policy
        Bounds of the gate (`promotion`) and costs.
    bootstraps, seed
        Resamples behind the band of the cheapest threshold, and the seed of all resamples.
    groups
        The clients' groups.

    Returns
    -------
    Verdict
        A bound that must hold for all clients holds at the unfavourable end of a 95 % interval; one for each group of
        many fails where it is exceeded beyond doubt, after Holm's correction. Metrics of costs are in the policy's
        unit per client, and positive where the candidate costs more. A pure function: nothing is logged.
    """
    alone = assess_alone(candidate, policy, bootstraps, seed, groups)
    if champion is None:
        return alone.joined(verdict_of([], {}, [WITHOUT_CHAMPION]))
    return alone.joined(_compared(candidate, champion, policy, seed, groups))


def assess_alone(
    candidate: Evaluation, policy: Policy, bootstraps: int, seed: int, groups: Groups = Groups()
) -> Verdict:
    """Check the candidate for itself, as `assess` does before it compares."""
    bounds, costs = policy.promotion, policy.costs
    threshold, metrics = check_threshold_agreement(candidate, costs, bounds, bootstraps, seed)
    metrics |= {f"candidate_{name}": value for name, value in candidate.quality.figures.items()}
    least_ratio, figures = check_least_ratio(candidate, groups.protected, bounds, seed)
    own = [
        check_clients(candidate, bounds),
        check_ranking(candidate),
        check_calibration(candidate.quality, bounds),
        threshold,
        check_business_score(candidate.quality, bounds),
        check_omissions(candidate.examination, policy.most_won_by_omission),
        least_ratio,
    ]
    return verdict_of(own, metrics | figures, [] if groups.protected or groups.segments else [WITHOUT_GROUPS])


def _compared(candidate: Evaluation, champion: Evaluation, policy: Policy, seed: int, groups: Groups) -> Verdict:
    bounds, extra = policy.promotion, extra_cost(candidate, champion, policy.costs)
    found = [
        check_cost(extra, bounds, seed),
        check_auc(candidate, champion, bounds),
        check_segments(extra, [*groups.segments, *groups.protected], bounds),
        check_ratio_decreases(candidate, champion, groups.protected, bounds, seed),
    ]
    metrics = {f"champion_{name}": value for name, value in champion.quality.figures.items()}
    for _, figures in found:
        metrics |= figures
    return verdict_of([check for check, _ in found], metrics)
