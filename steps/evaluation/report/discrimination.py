"""Discrimination: how well the probabilities rank clients by risk, and the other figures of the whole."""

from steps.evaluation.on_holdout import Evaluation
from steps.evaluation.report.document import Estimate, Figures, Paragraph, Picture, Shown, Table
from steps.quality.ranking import kolmogorov_smirnov, ranking_intervals

WORDS = {"auc": "AUC", "gini": "Gini", "ks": "KS", "brier": "Brier score", "cost": "cost a client"}

MEANINGS = {
    "auc": "area under the ROC curve: share of pairs in which the default has the higher probability",
    "gini": "2 AUC - 1: 0 by chance, 1 perfect",
    "ks": "Kolmogorov-Smirnov: largest distance between the shares of defaults and of good clients above a score",
    "average_precision": "area under the precision-recall curve; by chance the default rate",
    "brier": "mean squared error of the probabilities",
    "log_loss": "mean negative log-likelihood",
    "cost": "cost per decision, from the outcomes, in the policy's unit",
    "expected_cost": "cost per decision, from the probabilities",
    "business_score": "0: as good as granting or refusing everyone, whichever is cheaper; 1: perfect",
    "refusal_rate": "share of clients refused",
}


class Discrimination(Figures):
    """Each of `MEANINGS`, with a 95 % bootstrap interval where one was drawn."""

    figures: dict[str, Estimate]

    @property
    def of_ranking(self) -> dict[str, float]:
        """`gini` and `ks`, which `steps.quality.figures.measure` has not."""
        return {name: float(self.figures[name].value or 0.0) for name in ("gini", "ks")}

    def shown(self) -> Shown:
        rows = [[_words(name), number_of(each), each.interval, MEANINGS[name]] for name, each in self.figures.items()]
        return Shown(
            "Discrimination and cost",
            [
                Paragraph("Intervals are 95 % bootstrap intervals over clients."),
                Table("Figures of the whole", ["figure", "value", "95 % interval", "meaning"], rows),
                Picture(
                    "roc",
                    "ROC curve: the share of defaults refused against the share of good clients refused, at every "
                    "threshold, with the threshold in use marked.",
                    f"AUC {number_of(self.figures['auc'])}. The further the curve lies to the upper left, the better.",
                ),
                Picture(
                    "scores_by_outcome",
                    "Histograms of the probability of default, one of good clients and one of defaults, with the "
                    "threshold in use as a line.",
                    "The less the two overlap, the better the model tells them apart.",
                ),
            ],
        )


def _words(name: str) -> str:
    return WORDS.get(name, name.replace("_", " "))


def number_of(estimate: Estimate) -> str:
    """The value alone, with four decimals."""
    return Estimate(value=estimate.value).text()


def discrimination(evaluation: Evaluation, bootstraps: int, seed: int) -> Discrimination:
    """Measure on (clients,) probabilities and outcomes, with `bootstraps` resamples."""
    probability, target, quality = evaluation.probability, evaluation.target, evaluation.quality
    intervals = quality.intervals | ranking_intervals(probability, target, bootstraps, seed)
    low, high = quality.intervals["auc"]
    intervals["gini"] = (2 * low - 1, 2 * high - 1)
    values = quality.figures | {
        "gini": 2 * quality.figures["auc"] - 1,
        "ks": kolmogorov_smirnov(probability, target),
    }
    return Discrimination(figures={name: Estimate.of(float(values[name]), intervals.get(name)) for name in MEANINGS})
