"""MLflow's private and undocumented names in training: all uses of them are in this module.

The lock pins MLflow, so these change only with an upgrade. After one, read this module and run
tests/unit/steps/tracking and tests/project/test_tracking.py.
"""

from abc import abstractmethod

from mlflow.data.pandas_dataset import PandasDataset

MLFLOW_TAGS = "mlflow."  # begins the tags that MLflow itself sets
COMMIT_TAG = "mlflow.source.git.commit"
PARENT_TAG = "mlflow.parentRunId"
VERBOSE_LOGGERS = ("alembic", "mlflow.models.signature")
TRACING_LOGGER = "mlflow.store.db.utils"  # logs a trace of each database's error before it raises it
OUTDATED_SCHEMA = "Detected out-of-date database schema"  # in the message of an error

# The dataset's source is a file; only ids and targets are integers; stages are part of the project's interface,
# although MLflow prefers aliases.
EXPECTED_WARNINGS = (
    "The specified dataset source can be interpreted in multiple ways",
    "Hint: Inferred schema contains integer column",
    ".*transition_model_version_stage",
)


class DigestedDataset(PandasDataset):
    """A dataset with its own digest.

    MLflow calls `_compute_digest`; under another name, the digest would be MLflow's, of the first 10,000 rows.
    """

    @abstractmethod
    def content_digest(self) -> str:
        """Eight hexadecimal digits, as in MLflow."""

    def _compute_digest(self) -> str:
        return self.content_digest()
