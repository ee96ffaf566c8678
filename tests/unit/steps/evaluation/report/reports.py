"""A whole report on the fictional lender's clients, with a model's inspection and a champion."""

from dataclasses import replace
from datetime import date

import numpy as np

from steps.evaluation.inspection import EVERYTHING, Driver, Flips, Inspection
from steps.evaluation.on_holdout import Evaluation, Part
from steps.evaluation.report.assembly import Subject, build_report
from steps.evaluation.report.document import LeftOut
from steps.evaluation.report.report import Report
from steps.evaluation.training_run import TrainingRun
from steps.quality.thresholds import check_threshold
from steps.run.policy import Policy, Segment
from steps.run.settings import Settings
from steps.tables.feature_table import FeatureTable
from steps.training.score_reference import score_reference
from tests.unit.steps.evaluations import COSTS, calibrated_clients, evaluation_of
from tests.unit.steps.lender import POLICY, lender_table

SETTINGS = Settings(bootstraps=100)
PROBABILITY, TARGET = calibrated_clients(600)
SEGMENTED = POLICY.model_copy(
    update={
        "segments": {"client": Segment(by="history"), "work": Segment(by="job"), "region": Segment(by="AREA")},
        "owners": {"owner": "Credit risk"},
    }
)
NO_CHAMPION = LeftOut(left_out="There is no champion to compare with.")


def driver(feature: str, weight: float, values: np.ndarray, slope: float = 1.0, levels: dict[str, float] | None = None):
    """A driver whose contribution is a line through its values."""
    return Driver(feature, feature.upper(), weight, f"{feature} is low", "", levels or {}, values.tolist(),
                  (slope * np.nan_to_num(values)).tolist())  # fmt: skip


def inspection() -> Inspection:
    """Two drivers, of which the first falls with the risk, and decisions that turn."""
    numbers = np.linspace(-1, 1, 200)
    codes = np.arange(200) % 2
    return Inspection(
        explained=200,
        drivers=[
            driver("income", 0.3, numbers, slope=-1.0),
            driver("sex", 0.1, codes.astype(float), levels={"f": 0.0, "m": 1.0}),
        ],
        inputs=["income", "sex"],
        descriptions={"income": "Income of the household; before tax.", "sex": "Sex."},
        flips=[
            Flips("income", 0.01, 200, 200, 2, 0),
            Flips("income", 0.05, 200, 190, 8, 2, to_referred=4),
            Flips("sex", 0.05, 200, 100, 0, 1),
            Flips(EVERYTHING, 0.05, 200, 200, 10, 4),
        ],
    )


def run() -> TrainingRun:
    """The run of a training."""
    return TrainingRun(
        run_id="ab" * 16,
        name="train lender",
        day=date(2026, 3, 1),
        commit="c0ffee" * 6,
        params={"folds": "5", "bag": "1"},
        metrics={
            "trees": 120.0,
            "features": 2.0,
            "directed_features": 1.0,
            "oof_auc": 0.71,
            "oof_clients": 2_400.0,
            "oof_default_rate": 0.125,
        },
        tags={"dataset.training.digest": "1a2b3c4d"},
        policy=POLICY.model_dump(mode="json"),
        contract={"numeric": ["income"], "categories": {"sex": ["f", "m"]}, "required": ["income"], "declared": []},
        reference=score_reference(PROBABILITY, np.arange(600) % 5),
    )


def evaluation(**changed: object) -> Evaluation:
    """The inspected evaluation of `calibrated_clients`."""
    return replace(evaluation_of(PROBABILITY, TARGET), **{"inspection": inspection(), **changed})


def report(
    table: FeatureTable | None = None,
    policy: Policy = SEGMENTED,
    champion: Evaluation | LeftOut = NO_CHAMPION,
    of: Evaluation | None = None,
    training: TrainingRun | None = None,
    part: Part = Part.holdout,
    seen: bool | None = False,
) -> Report:
    """The report on these clients; `training` None: the store does not know the run."""
    of = of or evaluation()
    check = check_threshold(of.probability, of.target, COSTS, 100, seed=0)
    subject = Subject(of, champion, training, seen, check)
    return build_report(subject, table or lender_table(), policy, SETTINGS, part)
