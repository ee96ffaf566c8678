"""Compare families of models on the same folds, from a constant default rate to LightGBM."""

from collections.abc import Sequence
from typing import Annotated

import mlflow
import typer

from steps.comparison.families import ALL, FAMILIES, read_families
from steps.comparison.figures import FamilyFigures, best_of, compare_family, difference
from steps.comparison.plot import comparison_plot
from steps.comparison.report import PAIRED, comparison_frame, render_comparison
from steps.features import SAMPLE, feature_table
from steps.registry.names import chosen_model_name
from steps.registry.readings import present_reading
from steps.run.console import listed, progress, run
from steps.run.options import BuildEngine, Data, Default, Identity, Leaks, Target
from steps.run.policy import Policy, read_policy
from steps.run.settings import Engine, LeaksTreatment, Settings
from steps.tables.feature_table import FeatureTable
from steps.tables.home_credit import ID, TARGET
from steps.tracking.runs import child_run, describe_run, log_params, tracked_run
from steps.training.clients import read_clients
from steps.training.holdout import held_out, report_holdout
from steps.training.ranges import decidable
from steps.training.sampling import sampled_rows


def compare(
    table: FeatureTable,
    settings: Settings,
    policy: Policy,
    families: Sequence[str] = tuple(FAMILIES),
    clients: int = 0,
) -> list[FamilyFigures]:
    """Cross-validate each family on the training clients, and log figures, table and plot.

    Each family has a nested run with its parameters, its figures by fold (as steps) and their means. `clients` is the
    size of a sample of the training clients with the same default rate; 0: all.
    """
    with tracked_run("compare", table.name, settings.tracking_uri):
        rows = sampled_rows(table, clients, settings)
        report_holdout(table, held_out(table, settings.holdout_percent))
        data = read_clients(table, rows, policy, "comparison", settings.seed)
        if data.directions:
            print(
                f"  the directions of {listed(list(data.directions), 5)} hold for lightgbm; other families learn freely"
            )
        log_params(
            **{**table.parameters, "families": ",".join(families), "clients.compared": int(rows.sum())},
            folds=settings.folds,
            seed=settings.seed,
        )
        compared, run_ids = [], {}
        for name in families:
            with child_run(name) as child, progress(FAMILIES[name].title):
                folds = FAMILIES[name].cross_validate(data, settings.folds, settings.seed, settings.cores)
                each = compare_family(name, folds, data.target, policy.costs, settings.bootstraps, settings.seed)
                _log_family(each)
            compared.append(each)
            run_ids[name] = child.info.run_id
        _log_differences(compared, run_ids)
        report = render_comparison(compared, int(rows.sum()), policy.costs.threshold)
        clients_text = f"{int(rows.sum()):,} training clients, out of fold"
        _log_comparison(compared, report, f"data {table.name}: {clients_text}")
    print(report)
    return compared


def _log_family(each: FamilyFigures) -> None:
    mlflow.set_tags({"family": each.name, "settings": FAMILIES[each.name].settings})
    mlflow.log_params(each.folds.params)
    mlflow.log_metrics({"fold_auc_mean": each.figures["auc"], "fold_auc_std": each.deviations["auc"]})
    for number, figures in enumerate(each.by_fold.to_dict("records")):
        chosen = {name: values[number] for name, values in each.folds.chosen.items()}
        mlflow.log_metrics({f"fold_{name}": value for name, value in {**figures, **chosen}.items()}, step=number)
    mlflow.log_metrics({**each.figures, **{f"{name}_deviation": value for name, value in each.deviations.items()}})


def _log_differences(compared: list[FamilyFigures], run_ids: dict[str, str]) -> None:
    best = best_of(compared)
    mlflow.set_tag("best", best.name)
    for each in compared:
        means = {f"{figure}_difference": difference(each, best, figure).mean for figure in PAIRED}
        mlflow.log_metrics(means, run_id=run_ids[each.name])


def _log_comparison(compared: list[FamilyFigures], report: str, caption: str) -> None:
    frame = comparison_frame(compared)
    mlflow.log_text(report, "comparison.md")
    best = best_of(compared)
    auc = f"AUC {best.figures['auc']:.4f} ± {best.deviations['auc']:.4f}"
    describe_run(
        f"Best of {len(compared)} families, {caption}: {FAMILIES[best.name].title}, {auc}. All: comparison.md."
    )
    mlflow.log_text(frame.to_csv(), "comparison.csv")
    mlflow.log_dict(frame.to_dict("index"), "comparison.json")
    mlflow.log_figure(comparison_plot(compared, caption), "plots/comparison.png")


def main(
    data: Data = SAMPLE,
    families: Annotated[str, typer.Option(help=f"'{ALL}', or a comma-separated list of {', '.join(FAMILIES)}.")] = ALL,
    clients: Annotated[int, typer.Option(min=0, help="Training clients in the comparison; 0: all.")] = 0,
    target: Target = TARGET,
    id: Identity = ID,
    default: Default = "",
    leaks: Leaks = LeaksTreatment.described,
    engine: BuildEngine = Engine.duckdb,
) -> None:
    """Compare families of models on the same folds.

    Example: python -m steps.compare --data data/home-credit --families logistic-regression,lightgbm --clients 20000
    """
    chosen = read_families(families)
    settings, policy = Settings(), read_policy()
    known = present_reading(chosen_model_name("", data), data, settings)
    compare(
        decidable(feature_table(data, target, id, engine, settings, default, leaks, known), policy),
        settings,
        policy,
        chosen,
        clients,
    )


if __name__ == "__main__":
    run(main)
