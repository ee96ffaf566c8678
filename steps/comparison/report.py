"""The comparison as a Markdown table and as a data frame."""

from collections.abc import Sequence

import pandas as pd

from steps.comparison.families import FAMILIES
from steps.comparison.figures import FamilyFigures, best_of, difference
from steps.run.markdown import markdown_table

# Rows of the table: key in FamilyFigures.figures, label, format.
FIGURES = (
    ("auc", "AUC", "{:.4f}"),
    ("average_precision", "average precision", "{:.4f}"),
    ("brier", "Brier score", "{:.4f}"),
    ("log_loss", "log loss", "{:.4f}"),
    ("calibration_error", "calibration error", "{:.4f}"),
    ("calibrated_error", "the same, calibrated", "{:.4f}"),
    ("cost", "cost, closed form", "{:.4f}"),
    ("cost_raw", "the same, uncalibrated", "{:.4f}"),
    ("cost_tuned", "cost, tuned threshold", "{:.4f}"),
    ("business_score", "business score", "{:.4f}"),
    ("fit_seconds", "fit, seconds", "{:.2f}"),
    ("predict_seconds", "predict, seconds", "{:.4f}"),
)
# Figures with a paired difference from the best family: key, label.
PAIRED = {"auc": "AUC", "cost": "cost", "business_score": "business score"}
LEGEND = """\
Mean ± standard deviation over {folds} folds of {clients:,} clients, the same for every family. Rows from AUC to
calibration error describe uncalibrated probabilities. Costs are per client: at the closed-form threshold
{threshold:.4f} on probabilities calibrated (Platt) on the other folds, the same without calibration, and at the
threshold that is cheapest on the other folds. The business score rates the first of these costs: 0 equals granting or
refusing everyone, whichever is cheaper; 1 is perfect. The calibration error of perfectly calibrated probabilities has a
95 % quantile of {noise:.4f}. Fit time is per fold, with its share of choosing rounds or penalty; prediction time is per
1,000 clients. Differences are paired by fold and relative to the family with the highest AUC; their 95 % intervals are
those of the corrected resampled t-test (Nadeau and Bengio 2003)."""


def comparison_frame(compared: Sequence[FamilyFigures]) -> pd.DataFrame:
    """One row per family: figures, deviations, and differences from the best family with 95 % intervals."""
    best = best_of(compared)
    rows = []
    for each in compared:
        row = {"family": each.name, **each.figures}
        row |= {f"{figure}_deviation": value for figure, value in each.deviations.items()}
        for figure in PAIRED:
            paired = difference(each, best, figure)
            row |= {
                f"{figure}_difference": paired.mean,
                f"{figure}_difference_deviation": paired.deviation,
                f"{figure}_difference_low": paired.interval[0],
                f"{figure}_difference_high": paired.interval[1],
            }
        rows.append(row)
    return pd.DataFrame(rows).set_index("family")


def render_comparison(compared: Sequence[FamilyFigures], clients: int, threshold: float) -> str:
    """Table, legend and settings of each family, in Markdown."""
    best = best_of(compared)
    legend = LEGEND.format(folds=len(best.by_fold), clients=clients, threshold=threshold, noise=best.calibration_noise)
    return f"{_table(compared)}\n\n{legend}\n\n" + "\n".join(map(_settings, compared)) + "\n"


def _table(compared: Sequence[FamilyFigures]) -> str:
    best = best_of(compared)
    lines = []
    for figure, label, form in FIGURES:
        lines.append([label, *(_cell(each, figure, form) for each in compared)])
    for figure, label in PAIRED.items():
        pairs = [None if each is best else difference(each, best, figure) for each in compared]
        lines.append(
            [
                f"{label}, minus the best's",
                *("best" if pair is None else f"{pair.mean:+.4f} ± {pair.deviation:.4f}" for pair in pairs),
            ]
        )
        lines.append(
            [
                "its interval",
                *("" if pair is None else f"{pair.interval[0]:+.4f} to {pair.interval[1]:+.4f}" for pair in pairs),
            ]
        )
    header = ["", *(FAMILIES[each.name].title for each in compared)]
    return markdown_table(header, lines)


def _cell(each: FamilyFigures, figure: str, form: str) -> str:
    value = form.format(round(each.figures[figure], 6) + 0.0)  # no -0.0000
    return f"{value} ± {form.format(each.deviations[figure])}" if figure in each.deviations else value


def _settings(each: FamilyFigures) -> str:
    family = FAMILIES[each.name]
    chosen = "".join(
        f" Chosen: {name} {_range(min(values), max(values))}." for name, values in each.folds.chosen.items()
    )
    return f"- {family.title}: {family.settings}.{chosen}"


def _range(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
