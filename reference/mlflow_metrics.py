"""The page of the metrics that runs log in MLflow; tests compare it with the code that logs and with real runs."""

from reference.texts import code, table
from steps.evaluation.report.discrimination import MEANINGS

INTRODUCTION = """\
# Metrics in MLflow

`make docs` writes this page. A figure that many runs log has the name of its clients before it: `oof_` out of fold in
training, `holdout_` and `all_` in `evaluate` (of held-out clients, of all), `candidate_` and `champion_` in the gate of
`promote`. `_low` and `_high` after a name are the ends of its 95 % interval. The run of `main` has those of `train` out
of fold and those of `evaluate`.

"""
CLIENTS = ("oof_", "holdout_", "all_", "candidate_", "champion_")
ENDS = ("_low", "_high", "_deviation")
FIGURES = MEANINGS | {
    "clients": "clients measured",
    "default_rate": "share of them that defaulted",
    "calibration_slope": "slope of the outcomes on the log-odds; 1 is perfect, less is too extreme",
    "calibration_intercept": "intercept of the same; 0 is perfect",
    "calibration_error": "mean distance of predicted and observed rate over ten bins of clients",
    "calibration_noise": "what that distance stays under in 95 of 100 samples where the probabilities are right",
    "referral_rate": "share of clients referred to a person",
    "incomplete": "held-out clients who lack a field that must be sent",
    "omission_worst": "largest share of the refused who would be granted without one field or group",
}
RUNS = {
    "train": {
        "fold_auc": "AUC of each fold, by step",
        "fold_auc_mean": "mean of the folds",
        "fold_auc_std": "standard deviation of the folds",
        "fold_default_rate": "default rate of each fold, by step",
        "trees": "trees of the booster",
        "features": "features of the model",
        "directed_features": "those with which the risk moves one way",
        "threshold_closed_form": "the threshold that follows from the costs, which decides",
        "threshold_empirical": "the threshold of the least cost out of fold",
        "threshold_band_low": "lower end of the 95 % interval of that threshold",
        "threshold_band_high": "upper end of it",
        "cost_at_closed_form": "cost of a decision at the threshold that decides",
        "cost_at_empirical": "cost of a decision at the cheapest one",
        "required_fields": "fields that an application must have with a value",
        "declared_fields": "fields that it must have with a value or null",
        "omission_worst": "largest share of the refused who would be granted without one field or group",
        "features_without_wording": "features that can be no reason",
        "refusals_explained": "refusals whose reasons were counted",
        "refusals_without_reasons": "share of them without any reason",
        "refusals_without_full_reasons": "share of them with fewer than four reasons for want of a sentence",
        "refusals_without_main_reason": "share of them without a reason for what weighed most",
        "leaking_fields": "fields that reveal the outcome",
        "unlabelled_applications": "applications without an outcome, such as refused ones",
        "unlabelled_mean_probability": "their mean probability",
        "labelled_mean_probability": "that of the held-out clients",
        "unlabelled_refused": "share of them that the model refuses",
        "labelled_refused": "that of the held-out clients",
        "unlabelled_psi": "population stability index of their scores against those of the held-out clients",
    },
    "tune": {
        "best_auc": "AUC of the best trial",
        "best_trees": "its trees",
        "best_trial": "its number",
        "default_auc": "AUC of the default parameters",
        "trials_complete": "trials that came to their end",
        "trials_pruned": "trials that were stopped early",
        "trials_failed": "trials that failed",
    },
    "promote": {
        "cost_increase": "mean cost of a decision above the champion's",
        "auc_decrease": "AUC below the champion's",
        "threshold_cheapest": "the cheapest threshold on the held-out clients",
        "threshold_extra_cost": "what the policy's threshold costs a client more",
        "segment_cost_increase_worst": "increase of the cost in the worst segment or group",
        "approval_ratio_least": "least approval rate of a protected group over that of its attribute's best group",
        "approval_ratio_decrease_worst": "largest fall of such a ratio below the champion's",
        "groups_below_four_fifths": "groups whose ratio is below 0.8",
        "latency_ratio": "time of an answer over the champion's",
        "replay_decisions": "decisions on record that were decided again",
        "replay_approval_change": "change of the share granted on them",
        "champion": "in the run of `main`: whether the version is champion",
    },
    "replay": {
        "replay_requests": "requests on record",
        "replay_erased": "those erased",
        "replay_contract_refusals": "those that the version would not accept",
        "replay_approval_then": "share granted on record",
        "replay_approval_now": "share granted by the version",
        "replay_approval_change": "the difference",
        "replay_expected_cost_change": "change of the expected cost of a decision",
        "replay_outcomes_known": "requests whose outcome is known",
        "shadow_compared": "requests that a challenger in the shadow has decided, by step",
        "shadow_cost_change": "change of their expected cost",
        "shadow_evidence_cheaper": "evidence that it is cheaper, in powers of ten: 1.6 is beyond doubt",
        "shadow_evidence_dearer": "evidence that it is dearer",
    },
    "monitor": {
        "alarms": "alarms of the window",
        "decisions": "decisions of the window",
        "erased": "those erased",
        "repeated": "requests equal to an earlier one",
        "fields": "fields compared",
        "drifted_fields": "fields that drift",
        "largest_psi": "largest population stability index of a field",
        "score_psi": "that of the score",
        "decisions_psi": "that of the decisions",
        "psi/FIELD": "that of each field that the model uses",
        "expected_cost": "expected cost of a decision",
        "reference_cost": "that of the reference",
        "approval_rate": "share granted",
        "reference_approval_rate": "that of the reference",
        "least_approval_ratio": "least approval rate of a protected group over that of all others",
        "people_answered": "decisions that people answered",
        "outcomes": "loans with an outcome",
        "final_outcomes": "those old enough to count",
        "default_rate": "share of them that defaulted",
        "realised_cost": "cost of a granted loan by its outcome",
        "auc_of_granted": "AUC among the granted",
        "defaults_to_expected": "defaults over those expected",
        "calibration_z": "that difference in standard deviations",
        "cost_best_case": "cost of a decision if no refused client had defaulted",
        "cost_worst_case": "cost of a decision if all had",
        "cost_by_score": "cost of a decision if they had defaulted as their score says",
    },
    "score": {
        "granted": "applications granted",
        "refused": "those refused",
        "referred": "those referred to a person",
        "undecided": "those that break the contract, and have no decision",
        "approval_rate": "share granted of those decided",
        "mean_probability": "mean probability of default of those decided",
    },
    "publish": {"clients": "clients published", "seconds": "time it took"},
}


def page() -> str:
    """The page in Markdown."""
    parts = [f"{INTRODUCTION}## Figures of decisions on clients\n\n{rows(FIGURES)}\n"]
    return "\n".join([*parts, *(f"## {name}\n\n{rows(metrics)}\n" for name, metrics in RUNS.items())])


def rows(metrics: dict[str, str]) -> str:
    """A row for each metric."""
    return table(["metric", "meaning"], [[code(name), words] for name, words in metrics.items()])


def is_documented(name: str) -> bool:
    """Whether the page has a metric of this name, as it is, or by its clients and the end of its interval."""
    names = {*FIGURES, *(each for metrics in RUNS.values() for each in metrics)}
    for end in ENDS:
        name = name.removesuffix(end) if name not in names else name
    for clients in CLIENTS:
        name = name.removeprefix(clients) if name not in names else name
    return name in names or (name.startswith("psi/") and "psi/FIELD" in names)
