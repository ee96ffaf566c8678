"""What drives the decisions: the contributions of the strongest features, and how each depends on its value."""

from collections.abc import Mapping

import numpy as np

from custom_model.meanings import Meaning
from steps.evaluation.inspection import Driver, Inspection
from steps.evaluation.report.document import Block, Figures, LeftOut, Paragraph, Picture, Shown, Table, number
from steps.tables.feature_in_words import in_words

TITLE = "What drives it"
LISTED = 15
DEPENDENCE = 10  # features with a picture of their own
CORRELATED = 0.2  # of ranks, from which on a direction is stated


class DriverFigures(Figures):
    """One feature: mean absolute contribution to the log-odds, its share of all, and the direction.

    `direction` is the rank correlation of value and contribution, null for a category or a feature of one value.
    """

    feature: str
    words: str
    contribution: float
    share: float
    direction: float | None
    told_if_low: str
    told_if_high: str


class Drivers(Figures):
    """The strongest of all `features`, on `clients` evaluated clients chosen by chance."""

    clients: int
    features: int
    drivers: list[DriverFigures]

    def shown(self) -> Shown:
        rows = [
            [f"{each.words} [{each.feature}]", number(each.contribution, 3), f"{each.share:.1%}", _direction(each),
             " / ".join(dict.fromkeys(filter(None, (each.told_if_low, each.told_if_high))))]
            for each in self.drivers
        ]  # fmt: skip
        dependence: list[Block] = [
            Picture(
                f"dependence_{place}",
                f"Contribution of {each.words} [{each.feature}] to the risk against its value, a point for each of "
                f"{self.clients:,} clients. {_direction(each).capitalize()}.",
                f"{place}. {each.words} [{each.feature}]",
                size="small",
            )
            for place, each in enumerate(self.drivers[:DEPENDENCE], 1)
        ]
        header = ["feature", "mean contribution", "share", "risk rises with", "what a refused client is told"]
        return Shown(
            TITLE,
            [
                Paragraph(
                    f"Contributions to the calibrated log-odds by exact TreeSHAP, of the booster itself, on "
                    f"{self.clients:,} of these clients chosen by chance, for {self.features:,} features. They say "
                    "what the model does, not what causes a default."
                ),
                Table(f"The {len(self.drivers)} strongest features", header, rows),
                Picture(
                    "beeswarm",
                    "For each of the strongest features a swarm of points, one for each client: to the right the "
                    "feature raises the client's risk, to the left it lowers it; the colour is its value.",
                    "Blue: a low value, orange: a high one, grey: missing or a category.",
                    size="wide",
                ),
                *dependence,
            ],
        )


def drivers(inspection: Inspection | None, meanings: Mapping[str, Meaning]) -> Drivers | LeftOut:
    """The strongest features of an inspected model; left out for one whose code cannot explain itself."""
    if inspection is None or not inspection.drivers:
        return LeftOut(left_out="The version's code gives no contributions of its features.")
    total = sum(each.weight for each in inspection.drivers) or 1.0
    return Drivers(
        clients=inspection.explained,
        features=len(inspection.drivers),
        drivers=[
            DriverFigures(
                feature=each.feature,
                words=driver_in_words(each, inspection, meanings),
                contribution=each.weight,
                share=each.weight / total,
                direction=_correlation(each),
                told_if_low=each.low,
                told_if_high=each.high,
            )
            for each in inspection.drivers[:LISTED]
        ],
    )


def driver_in_words(driver: Driver, inspection: Inspection, meanings: Mapping[str, Meaning]) -> str:
    """What a feature is: as the model itself describes its field, else as the data or the catalogue does."""
    if driver.feature in inspection.descriptions:
        return inspection.in_words(driver.feature)
    return in_words(driver.feature, meanings)


def _correlation(driver: Driver) -> float | None:
    from scipy.stats import spearmanr

    values, contributions = np.array(driver.values, float), np.array(driver.contributions, float)
    known = ~np.isnan(values)
    if driver.levels or known.sum() < 3 or len(np.unique(values[known])) < 2 or len(np.unique(contributions)) < 2:
        return None
    correlation = float(spearmanr(values[known], contributions[known]).statistic)
    return None if np.isnan(correlation) else correlation


def _direction(each: DriverFigures) -> str:
    if each.direction is None:
        return "categories"
    if abs(each.direction) < CORRELATED:
        return "no one direction"
    return "high values" if each.direction > 0 else "low values"
