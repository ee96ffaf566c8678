"""Which page is written by which function."""

from collections.abc import Callable

from reference import contract, entry_points, errors, make_targets, metrics, mlflow_metrics, policy, variables
from steps.run.settings import PROJECT

FOLDER = PROJECT / "docs" / "reference"
PAGES: dict[str, Callable[[], str]] = {
    "contract": contract.page,
    "entry-points": entry_points.page,
    "errors": errors.page,
    "make-targets": make_targets.page,
    "metrics": metrics.page,
    "mlflow-metrics": mlflow_metrics.page,
    "policy": policy.page,
    "variables": variables.page,
}
