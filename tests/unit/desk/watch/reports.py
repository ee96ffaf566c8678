"""Reports of monitor, made of windows in memory: one with all that can be found, and one with nothing."""

import mlflow
import numpy as np
import pandas as pd
from mlflow import MlflowClient

from custom_model.costs import Costs
from steps.evaluation.report.document import Estimate, LeftOut
from steps.evaluation.report.record import DOCUMENT, PAGE
from steps.monitoring.alarms import Alarm
from steps.monitoring.decisions.expected import APPROVAL, COST, expected_cost
from steps.monitoring.decisions.fairness import fairness
from steps.monitoring.outcomes.calibration_in_use import NAME
from steps.monitoring.outcomes.known import known
from steps.monitoring.outcomes.labels import labels_of
from steps.monitoring.outcomes.overridden import Overridden
from steps.monitoring.reference import Group
from steps.monitoring.report.drift import Drift, FieldDrift, GroupDrift, ShiftFigures
from steps.monitoring.report.effects import Effect, Effects
from steps.monitoring.report.facts import facts
from steps.monitoring.report.feeds import Feeds
from steps.monitoring.report.report import MonitoringReport
from steps.run.monitoring_limits import MonitoringLimits
from steps.traffic.recorded import Span
from tests.unit.steps.monitoring.decided_windows import decided, reference, window
from tests.unit.steps.monitoring.outcomes.outcomes_of_loans import NOW

COSTS, LIMITS = Costs(false_negative=10, false_positive=1), MonitoringLimits()
WOMEN = Group("sex", "women", "CODE_GENDER", is_protected=True)


def report(
    alarmed: bool, model: str = "cards", version: str = "3", first: str = "2025-01-01", days: int = 300
) -> MonitoringReport:
    """A window of so many days: `alarmed` has an alarm of each kind and its outcomes, the other has neither."""
    generator = np.random.default_rng(7)
    size = 3_000
    probability = generator.beta(1.2, 14, size)
    times = np.datetime64(first, "us") + np.sort(generator.integers(0, days * 86_400 * 10**6, size))
    women = generator.random(size) < 0.5
    groups = [(WOMEN, women)]
    observed = window(probability, decided_at=times, groups=groups, versions=[version] * size)
    then = reference(6_000, 4_000, 0.4, [(WOMEN, decided(4_000, 1_000))])
    cost, fair = expected_cost(observed, then, COSTS, LIMITS, version), fairness(observed, then, LIMITS, None, version)
    found, people, _ = known(observed, _labels(observed, generator), {}, COSTS, LIMITS, NOW)
    return MonitoringReport(
        facts=facts(observed, then, Span(model, None, None), version, "the tests"),
        cost=cost.after([COST, APPROVAL]) if alarmed else cost,
        feeds=Feeds(requests=size, is_tested=True, broken=[BROKEN] if alarmed else [], notes=[]),
        drift=_drift(alarmed, version),
        effects=EFFECTS if alarmed else Effects(requests=0, refused=None, cost=None, effects=[]),
        fairness=fair.after([each.test for each in fair.groups]) if alarmed else fair,
        outcomes=found.after([NAME]) if alarmed else LeftOut(left_out="no labels"),
        overridden=people if alarmed else NOBODY,
    )


def logged(report: MonitoringReport, model: str, version: str, document: str | None = None) -> str:
    """The id of a run of monitor with this report; `document` stands for its figures."""
    experiment = mlflow.get_experiment_by_name("watched windows")
    identity = experiment.experiment_id if experiment else mlflow.create_experiment("watched windows")
    with mlflow.start_run(experiment_id=identity) as run:
        mlflow.set_tag("step", "monitor")
        mlflow.log_params({"model_name": model, "version": version})
        mlflow.log_text(report.model_dump_json() if document is None else document, DOCUMENT)
        mlflow.log_text("<!doctype html><title>Monitoring</title><h1>Monitoring of the tests</h1>", PAGE)
        mlflow.log_metrics({"decisions": report.facts.decisions, "alarms": len(report.alarms)})
    return MlflowClient().get_run(run.info.run_id).info.run_id


def _labels(observed, generator):
    probability, times = observed.decided.probability, observed.decided_at.astype("datetime64[D]")
    default = generator.random(len(probability)) < 2 * probability  # twice as many as foretold
    day = times + np.where(default, generator.integers(10, 360, len(probability)), 400)
    loans = pd.DataFrame({"client_id": observed.client_ids, "date": day.astype(str), "default": default.astype(int)})
    return labels_of(loans[observed.decided.granted])


def _shift(name: str) -> dict[str, object]:
    return {"name": name, "psi": 0.31, "by_chance": 0.004, "distance": 0.2, "p": 1e-6, "raised": True}


def _drift(alarmed: bool, version: str) -> Drift:
    field = FieldDrift(**_shift("AMT_CREDIT"), words="Credit amount", is_used=True, missing_then=0.0, missing_now=0.1)
    score = ShiftFigures(**_shift("score"))
    return Drift(
        source="the tests",
        version=version,
        decisions=3_000,
        requests=3_000,
        judged=3_000,
        level=0.025,
        level_of_groups=0.0125,
        tolerated_psi=0.005,
        fields=[field] if alarmed else [],
        history=score if alarmed else None,
        score=score if alarmed else LeftOut(left_out="too few"),
        outcomes=score if alarmed else LeftOut(left_out="too few"),
        reasons=[ShiftFigures(**_shift("LATE"))] if alarmed else [],
        groups=[
            GroupDrift(
                attribute="sex",
                group="women",
                requests=900,
                tested=5,
                raised=[ShiftFigures(**_shift("INCOME"))],
                score_psi=0.1,
            )
        ]
        if alarmed
        else [],
    )


BROKEN = Alarm("feed", "EXT_SOURCE_2 is missing in every request", "repair the feed")
NOBODY = Overridden(
    is_on_record=True, answers=0, changed={}, loans=0, defaults=None, expected=None, ratio=Estimate(value=None)
)
EFFECTS = Effects(
    requests=3_000,
    refused=0.31,
    cost=0.5,
    effects=[
        Effect(
            name="AMT_CREDIT",
            words="Credit amount",
            fields=1,
            psi=0.31,
            requests=3_000,
            changed=120,
            refused=Estimate(value=0.03, low=0.02, high=0.04),
            granted=Estimate(value=-0.03, low=-0.04, high=-0.02),
            cost=Estimate(value=0.02, low=0.01, high=0.03),
        )
    ],
)
