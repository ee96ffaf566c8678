"""The sections of the page: the value of each part of the model."""

from collections.abc import Callable
from pathlib import Path

from benchmarks.quality.ablations import ablation, monotonic, protected, selection, tables_added
from benchmarks.quality.holdout import comparison_table, holdout_of, score
from benchmarks.quality.subject import Subject
from benchmarks.report import Table
from steps.compare import compare
from steps.comparison.report import render_comparison
from steps.run.policy import Policy
from steps.training.data import TrainingData, training_data, training_rows
from steps.training.learning import fit_model
from steps.training.parameters import Parameters, read_params
from steps.training.selection import MOST_FEATURES
from steps.tune import tune

SECTIONS = ["tables", "families", "tuned", "selected", "protected", "monotonic", "bag"]
SCORES = "EXT_SOURCE_"


def tuned_against_default(subject: Subject, policy: Policy, trials: int, folder: Path) -> Table:
    """The default parameters and the best of a study, on held-out clients."""
    study = tune(
        subject.table,
        subject.settings,
        policy,
        trials,
        jobs=subject.settings.cores,
        storage=str(folder / "study.journal"),
    )
    params = read_params(study.params)
    held = holdout_of(subject.table, subject.data, subject.settings.holdout_percent)
    scored = [
        score("default", subject.model, subject.data, held),
        score(
            f"best of {trials} trials",
            fit_model(subject.data, params, MOST_FEATURES, subject.settings),
            subject.data,
            held,
        ),
    ]
    changed = {name: value for name, value in params.model_dump().items() if value != getattr(Parameters(), name)}
    changes = ", ".join(f"{name} {value:.4g}" for name, value in changed.items()) or "the defaults themselves"
    return comparison_table(f"Tuned against default, held out: {changes}", scored, held, policy.costs, subject.settings)


def bag_against_one(subject: Subject, policy: Policy, boosters: int = 5) -> Table:
    """One booster on all training clients, and a bag of boosters that each leave out a fold."""
    held = holdout_of(subject.table, subject.data, subject.settings.holdout_percent)
    bag = fit_model(subject.data, Parameters(), MOST_FEATURES, subject.settings, boosters)
    scored = [
        score("one booster", subject.model, subject.data, held),
        score(f"bag of {boosters}", bag, subject.data, held),
    ]
    return comparison_table(f"Bag of {boosters}, held out", scored, held, policy.costs, subject.settings)


def selected_against_all(subject: Subject, policy: Policy) -> Table:
    """The selected features and all of them, on held-out clients, with the time of a score."""
    held = holdout_of(subject.table, subject.data, subject.settings.holdout_percent)
    scored = [
        score("all features", fit_model(subject.data, Parameters(), 0, subject.settings), subject.data, held),
        score(f"the {MOST_FEATURES} with the highest gain", subject.model, subject.data, held),
    ]
    return comparison_table("Selected against all features, held out", scored, held, policy.costs, subject.settings)


def families(subject: Subject, policy: Policy) -> str:
    """The five families on the same folds, as `compare` reports them."""
    compared = compare(subject.table, subject.settings, policy)
    clients = len(subject.data.target)
    rendered = render_comparison(compared, clients, policy.costs.threshold)
    return f"## Five families: {clients:,} clients, out of fold\n\n{rendered}"


def directions(subject: Subject, policy: Policy) -> Table:
    """The price of policy.yaml's directions, for all of them and for the external scores alone."""
    of_scores = {name: each for name, each in policy.monotonic.items() if name.startswith(SCORES)}
    free = under(subject, policy, monotonic={})
    variants = monotonic(free, under(subject, policy, monotonic=of_scores), under(subject, policy))
    title = f"Directions of the risk: {len(free.target):,} clients, out of fold"
    return ablation(title, free, variants, policy.costs, subject.settings, to_previous=False)


def under(subject: Subject, policy: Policy, **changes: object) -> TrainingData:
    """The subject's training data under a policy with these changes."""
    rows = training_rows(subject.table, subject.settings.holdout_percent)
    return training_data(subject.table, rows, policy.model_copy(update=changes))


def sections(subject: Subject, policy: Policy, trials: int, folder: Path) -> dict[str, Callable[[], list[Table | str]]]:
    """The sections by the name that `--section` takes; a call measures the section."""
    data, costs, settings = subject.data, policy.costs, subject.settings
    clients = f"{len(data.target):,} clients, out of fold"
    attributes = policy.protected_attributes
    return {
        "tables": lambda: [
            ablation(
                f"Tables added one at a time: {clients}", data, tables_added(data), costs, settings, to_previous=True
            )
        ],
        "families": lambda: [families(subject, policy)],
        "tuned": lambda: [tuned_against_default(subject, policy, trials, folder)],
        "selected": lambda: [
            ablation(f"Fewer and fewer features: {clients}", data, selection(data), costs, settings, to_previous=False),
            selected_against_all(subject, policy),
        ],
        "protected": lambda: [
            ablation(
                f"Protected attributes: {clients}",
                with_all,
                protected(with_all, attributes),
                costs,
                settings,
                to_previous=False,
            )
            for with_all in [under(subject, policy, excluded_fields=())]
        ],
        "monotonic": lambda: [directions(subject, policy)],
        "bag": lambda: [bag_against_one(subject, policy)],
    }
