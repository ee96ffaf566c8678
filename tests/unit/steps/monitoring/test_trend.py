from datetime import UTC, datetime, timedelta

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

from steps.monitoring.trend import Trend, trend_of

DAY = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.fixture
def experiment(tracking, request) -> str:
    return mlflow.create_experiment(request.node.name)


def watched(trend: Trend, experiment: str, metrics: dict[str, float], until: datetime) -> str:
    with mlflow.start_run(experiment_id=experiment) as window:
        trend.add(metrics, until)
    return window.info.run_id


def test_the_metrics_of_each_window_are_points_of_one_run_at_the_windows_end(experiment):
    for day, cost in enumerate([0.47, 0.49]):
        watched(trend_of("cards", experiment), experiment, {"expected_cost": cost}, DAY + timedelta(days=day))

    trend = trend_of("cards", experiment)
    points = MlflowClient().get_metric_history(trend.run_id, "expected_cost")
    assert [(each.step, each.value) for each in points] == [(1, 0.47), (2, 0.49)]
    assert points[1].timestamp - points[0].timestamp == 86_400_000
    assert trend.windows == 2


def test_only_a_watch_moves_where_a_watch_goes_on(experiment):
    trend_of("cards", experiment).watched(DAY)

    watched(trend_of("cards", experiment), experiment, {"expected_cost": 0.47}, DAY - timedelta(days=30))
    watched(trend_of("cards", experiment), experiment, {"expected_cost": 0.49}, DAY + timedelta(days=30))

    assert trend_of("cards", experiment).until == DAY


def test_a_windows_run_is_one_of_the_trends(experiment):
    window = watched(trend_of("cards", experiment), experiment, {}, DAY)

    tags = MlflowClient().get_run(window).data.tags
    assert tags[MLFLOW_PARENT_RUN_ID] == trend_of("cards", experiment).run_id


def test_each_model_has_a_trend_of_its_own_and_one_only(experiment):
    cards, again, loans = (trend_of(name, experiment) for name in ("cards", "cards", "loans"))

    assert cards == again
    assert cards.run_id != loans.run_id
    assert loans.until is None


def test_a_window_of_older_decisions_does_not_move_where_a_watch_goes_on(experiment):
    watched(trend_of("cars", experiment), experiment, {"expected_cost": 0.5}, DAY)
    trend_of("cars", experiment).watched(DAY)

    watched(trend_of("cars", experiment), experiment, {"expected_cost": 0.5}, DAY - timedelta(days=30))

    trend = trend_of("cars", experiment)
    assert (trend.until, trend.windows) == (DAY, 2)
