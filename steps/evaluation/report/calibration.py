"""Calibration: whether of clients with a probability of 10 %, 10 % default."""

import numpy as np

from custom_model.points import ScoreScale
from custom_model.rates import wilson_interval
from steps.evaluation.groups import SMALLEST_GROUP
from steps.evaluation.on_holdout import Evaluation
from steps.evaluation.report.document import Estimate, Figures, Paragraph, Picture, Shown, Table, number, share
from steps.quality.figures import calibration_bins


class Tenth(Figures):
    """A tenth of the clients by probability: their mean probability, its points, and the share that defaulted."""

    clients: int
    predicted: float
    observed: Estimate
    points: int | None


class Calibration(Figures):
    """The line through log-odds (slope 1 and intercept 0 are right), and the mean distance over the tenths.

    `noise` is the error that perfectly calibrated probabilities stay under in 95 of 100 samples of this size.
    """

    slope: Estimate
    intercept: Estimate
    error: float
    noise: float
    tenths: list[Tenth]

    def shown(self) -> Shown:
        within = "within" if self.error <= self.noise else "above"
        has_points = any(each.points is not None for each in self.tenths)
        rows = [
            [str(place), f"{each.clients:,}", *([str(each.points)] if has_points else []), share(each.predicted),
             share(each.observed.value), f"{share(each.observed.low)} to {share(each.observed.high)}"]
            for place, each in enumerate(self.tenths, 1)
        ]  # fmt: skip
        figures = [
            ["slope", self.slope.text(3), "1 when log-odds have the right spread"],
            ["intercept", self.intercept.text(3), "0 when log-odds have the right level, given that spread"],
            ["error", number(self.error), "mean distance between predicted and observed rate, over the tenths"],
            ["noise", number(self.noise), "a perfectly calibrated model stays under it in 95 of 100 such samples"],
        ]
        tenths = (
            Table("By tenths of the clients, lowest risk first",
                  ["tenth", "clients", *(["points"] if has_points else []), "predicted", "defaulted", "95 % interval"],
                  rows)
            if rows
            else Paragraph(f"Tenths of fewer than {SMALLEST_GROUP} clients are not shown.")
        )  # fmt: skip
        return Shown(
            "Calibration",
            [
                Paragraph(f"The calibration error is {within} the noise of a sample of this size.",
                          self.error > self.noise),
                Table("Calibration", ["figure", "value (95 % interval)", "meaning"], figures),
                tenths,
                Picture(
                    "calibration",
                    "Observed default rate against predicted probability by tenths of the clients, with 95 % "
                    "intervals; the diagonal is perfect.",
                    "Points on the dotted line are calibrated; bars are 95 % intervals (Wilson).",
                    size="wide",
                ),
            ],
        )  # fmt: skip


def calibration(evaluation: Evaluation, scale: ScoreScale | None = None) -> Calibration:
    """Calibration of the evaluated clients; tenths of fewer than `SMALLEST_GROUP` clients are not shown.

    `scale` gives the points of each tenth's mean probability.
    """
    figures, intervals = evaluation.quality.figures, evaluation.quality.intervals
    predicted, observed, size = calibration_bins(evaluation.probability, evaluation.target)
    low, high = wilson_interval(observed, size)
    tenths = [
        Tenth(
            clients=int(size[at]),
            predicted=float(predicted[at]),
            observed=Estimate(value=float(observed[at]), low=float(low[at]), high=float(high[at])),
            points=None if scale is None else scale.points(float(predicted[at])),
        )
        for at in np.flatnonzero(size >= SMALLEST_GROUP).tolist()
    ]
    return Calibration(
        slope=Estimate.of(figures["calibration_slope"], intervals["calibration_slope"]),
        intercept=Estimate.of(figures["calibration_intercept"], intervals["calibration_intercept"]),
        error=figures["calibration_error"],
        noise=figures["calibration_noise"],
        tenths=tenths,
    )
