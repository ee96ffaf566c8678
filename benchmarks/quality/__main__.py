"""How good the model is, and what each of its parts is worth: the tables of docs/RESULTS.md."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from sklearn.metrics import roc_auc_score

from benchmarks.quality.ablations import ablation, protected, selection, tables_added
from benchmarks.quality.holdout import Asked, Holdout, ask, holdout_of, side_by_side
from benchmarks.report import Table, as_markdown, as_text, machine
from benchmarks.tracking_store import store_of_its_own
from custom_model.costs import is_refused
from steps.compare import compare
from steps.comparison.report import render_comparison
from steps.features import Engine, build, feature_table, read_feature_table
from steps.quality.calibration import cross_calibrated
from steps.quality.figures import measure
from steps.quality.thresholds import check_threshold
from steps.run.console import UserError, progress, run
from steps.run.policy import Policy, read_policy
from steps.run.settings import Settings
from steps.sample import write_sample
from steps.tables.feature_table import FeatureTable
from steps.tables.home_credit import ID, TARGET
from steps.training.data import TrainingData, training_data, training_rows
from steps.training.learning import FittedModel, fit_model
from steps.training.parameters import Parameters, read_params
from steps.training.selection import MOST_FEATURES
from steps.tune import tune

OUT_OF_FOLD = ("auc", "cost", "business_score", "calibration_slope", "calibration_intercept", "calibration_error")
HEAD = """\
Out of fold, a mean and deviation are over five folds; a difference is paired by fold, its interval that of the
corrected resampled t-test (Nadeau and Bengio 2003). Held-out clients, one in five, were seen by no training, tuning or
choice of features; intervals there are of the bootstrap. Costs are of a decision at the closed-form threshold. A score
and its reasons are of one client, in this process, one thread: medians of 300."""
SECTIONS = ("tables", "families", "tuned", "selected", "protected", "bag")


@dataclass(frozen=True)
class Subject:
    """A table, its training clients as they are read, and the model that `train` makes of them."""

    name: str
    table: FeatureTable
    data: TrainingData
    model: FittedModel


def read_subject(name: str, table: FeatureTable, policy: Policy) -> Subject:
    """Read the training clients of a table, and train on them with the defaults."""
    data = training_data(table, training_rows(table, Settings().holdout_percent), policy)
    return Subject(name, table, data, fit_model(data, Parameters(), MOST_FEATURES, Settings()))


def overall(subject: Subject, policy: Policy, truth: Path | None) -> Table:
    """Out-of-fold figures with their bands, the threshold twice over, and the best that any model could do."""
    settings, data, folds = Settings(), subject.data, subject.model.folds
    costs, target = policy.costs, data.target
    probability = cross_calibrated(folds.log_odds, target, folds.fold)
    with progress("measuring"):
        quality = measure(
            probability, is_refused(probability, costs.threshold), target, costs, settings.bootstraps, settings.seed
        )
        check = check_threshold(probability, target, costs, settings.bootstraps, settings.seed)
    rows = [[name, f"{quality.figures[name]:.4f}", _said(quality.intervals[name])] for name in OUT_OF_FOLD]
    rows.append(["calibration error of chance alone, 95 %", f"{quality.figures['calibration_noise']:.4f}", ""])
    agreed = f"{_said(check.band)}: {'agrees' if check.agree else 'DOES NOT AGREE'} with {check.closed_form:.4f}"
    rows.append(["threshold of the lowest cost", f"{check.empirical:.4f}", agreed])
    if truth is not None:
        held = holdout_of(subject.table, data)
        rows += _against_truth(subject, ask("", subject.model, data, held), held, truth)
    return Table(f"{subject.name}: {len(target):,} clients, out of fold", ["", "figure", "95 %"], rows)


def _against_truth(subject: Subject, asked: Asked, held: Holdout, truth: Path) -> list[list[str]]:
    """The same clients ordered by the probabilities that they were generated with."""
    true = pd.read_parquet(truth).set_index(ID)["PROBABILITY"]
    training = subject.table.frame.loc[training_rows(subject.table, Settings().holdout_percent), ID]
    out_of_fold = roc_auc_score(subject.data.target, true.loc[training])
    best, reached = roc_auc_score(held.target, true.loc[held.ids]), roc_auc_score(held.target, asked.probability)
    of_folds = float(np.mean(subject.model.folds.fold_auc))
    return [
        ["AUC of the true probabilities", f"{out_of_fold:.4f}", f"{out_of_fold - of_folds:+.4f} to the mean fold's"],
        [f"AUC of {len(held.target):,} held-out clients", f"{reached:.4f}", ""],
        ["AUC of their true probabilities", f"{best:.4f}", f"{best - reached:+.4f}"],
    ]


def tuned_against_default(subject: Subject, policy: Policy, trials: int, folder: Path) -> Table:
    """The default parameters and the best of a study, on clients that neither has seen."""
    study = tune(
        subject.table, Settings(), policy, trials, jobs=Settings().cores, storage=str(folder / "study.journal")
    )
    params = read_params(study.params)
    held = holdout_of(subject.table, subject.data)
    asked = [
        ask("default", subject.model, subject.data, held),
        ask(f"best of {trials} trials", fit_model(subject.data, params, MOST_FEATURES, Settings()), subject.data, held),
    ]
    changed = {name: value for name, value in params.model_dump().items() if value != getattr(Parameters(), name)}
    said = ", ".join(f"{name} {value:.4g}" for name, value in changed.items()) or "the defaults themselves"
    return side_by_side(f"Tuned against default, held out: {said}", asked, held, policy.costs)


def bag_against_one(subject: Subject, policy: Policy, boosters: int = 5) -> Table:
    """One booster on all training clients, and a bag of boosters that each lack a fold."""
    held = holdout_of(subject.table, subject.data)
    bag = fit_model(subject.data, Parameters(), MOST_FEATURES, Settings(), boosters)
    asked = [
        ask("one booster", subject.model, subject.data, held),
        ask(f"bag of {boosters}", bag, subject.data, held),
    ]
    return side_by_side(f"Bag of {boosters}, held out", asked, held, policy.costs)


def selected_against_all(subject: Subject, policy: Policy) -> Table:
    """The features that tell most, and all of them, on held-out clients, with what a score costs."""
    held = holdout_of(subject.table, subject.data)
    asked = [
        ask("all features", fit_model(subject.data, Parameters(), 0, Settings()), subject.data, held),
        ask(f"the {MOST_FEATURES} that tell most", subject.model, subject.data, held),
    ]
    return side_by_side("Selected against all features, held out", asked, held, policy.costs)


def families(subject: Subject, policy: Policy) -> str:
    """The five families on the same folds, as `compare` shows them."""
    compared = compare(subject.table, Settings(), policy)
    clients = len(subject.data.target)
    rendered = render_comparison(compared, clients, policy.costs.threshold)
    return f"## Five families: {clients:,} clients, out of fold\n\n{rendered}"


def sections(subject: Subject, policy: Policy, trials: int, folder: Path) -> dict[str, Callable[[], list[Table | str]]]:
    """The parts of the page by the name that `--section` takes; each is measured when it is called."""
    data, costs = subject.data, policy.costs
    of = f"{len(data.target):,} clients, out of fold"
    attributes = policy.protected_attributes
    return {
        "tables": lambda: [
            ablation(f"Tables added one at a time: {of}", data, tables_added(data), costs, to_previous=True)
        ],
        "families": lambda: [families(subject, policy)],
        "tuned": lambda: [tuned_against_default(subject, policy, trials, folder)],
        "selected": lambda: [
            ablation(f"Fewer and fewer features: {of}", data, selection(data), costs, to_previous=False),
            selected_against_all(subject, policy),
        ],
        "protected": lambda: [
            ablation(f"Protected attributes: {of}", data, protected(data, attributes), costs, to_previous=False)
        ],
        "bag": lambda: [bag_against_one(subject, policy)],
    }


class Page:
    """The page under way: what is measured is shown at once, and written down at the end."""

    def __init__(self, head: str):
        self.parts = [head]

    def add(self, part: Table | str) -> None:
        print("\n" + (part if isinstance(part, str) else as_text(part)) + "\n", flush=True)
        self.parts.append(part if isinstance(part, str) else as_markdown(part))

    def write(self, out: Path) -> None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text("\n\n".join(self.parts) + "\n", "utf-8")


def main(
    clients: Annotated[int, typer.Option(min=0, help="Generated clients to measure the parts on; 0: none.")] = 20_000,
    section: Annotated[list[str], typer.Option(help=f"One of {', '.join(SECTIONS)}; repeatable.")] = list(SECTIONS),  # noqa: B006
    trials: Annotated[int, typer.Option(min=1, help="Of the study that is compared with the defaults.")] = 40,
    full: Annotated[int, typer.Option(min=0, help="Generated clients of a larger model; 0: none.")] = 0,
    real: Annotated[Path | None, typer.Option(help="A folder of real tables to report on, too.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the tables as Markdown to this file, too.")] = None,
) -> None:
    """Measure the model's quality, and what each of its parts is worth.

    Example: python -m benchmarks.quality --clients 10000 --section protected --section bag
    """
    unknown = [name for name in section if name not in SECTIONS]
    if unknown:
        raise UserError(f"section: expected some of {', '.join(SECTIONS)}, got {', '.join(unknown)}")
    policy = read_policy()
    page = Page(
        f"# Results\n\n{HEAD}\n\n{machine()}.\n\n    {' '.join(['python -m benchmarks.quality', *sys.argv[1:]])}"
    )
    with store_of_its_own() as folder:
        if full:
            page.add(_of_sample(full, folder / "full", policy)[1])
        if real:
            subject = read_subject(
                f"Real sample {real.name}", feature_table(str(real), TARGET, ID, Engine.duckdb, Settings()), policy
            )
            page.add(overall(subject, policy, None))
        if clients:
            subject, table = _of_sample(clients, folder / "parts", policy)
            page.add(table)
            measured = sections(subject, policy, trials, folder)
            for name in section:
                for part in measured[name]():
                    page.add(part)
    if out:
        page.write(out)


def _of_sample(clients: int, folder: Path, policy: Policy) -> tuple[Subject, Table]:
    """A generated sample, the model of it, and its figures beside those of the true probabilities."""
    write_sample(folder, clients, Settings().seed)
    table = read_feature_table(build(str(folder), folder / "features.parquet", Engine.duckdb, TARGET, ID, Settings()))
    subject = read_subject(f"Generated sample of {clients:,} clients", table, policy)
    return subject, overall(subject, policy, folder / "truth.parquet")


def _said(band: tuple[float, float]) -> str:
    return f"{band[0]:.4f} to {band[1]:.4f}"


if __name__ == "__main__":
    run(main)
