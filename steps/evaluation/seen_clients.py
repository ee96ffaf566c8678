"""Whether a model was trained on the clients of a table, by the digests in its training run."""

from collections.abc import Mapping
from weakref import WeakKeyDictionary

import mlflow
from mlflow.exceptions import MlflowException

from steps.run.mlflow_errors import UNREADABLE
from steps.run.settings import Settings
from steps.tables.feature_table import FeatureTable
from steps.tables.home_credit import APPLICATION
from steps.tracking.dataset import content_digest
from steps.training.data import training_rows

LINEAGE = "features/lineage.json"  # artifact of the run, see `log_data`
_digests: WeakKeyDictionary[FeatureTable, dict[int, str]] = WeakKeyDictionary()
DIGEST = "dataset.training.digest"


def was_trained_on(model_uri: str, table: FeatureTable, settings: Settings) -> bool | None:
    """Whether clients of this table were seen in training; None where the model's run has no record of its data.

    True where the training clients are those of this table, or the table was built from the same file of clients. A
    file of past loans is no evidence: Home Credit's are of the clients of training and test alike.
    """
    try:
        run_id = mlflow.models.get_model_info(model_uri).run_id
    except UNREADABLE:
        return None
    try:
        digest = mlflow.get_run(run_id).data.tags.get(DIGEST) if run_id else None
        if digest is None:
            return None
        if digest == _training_digest(table, settings.holdout_percent):
            return True
        sources = mlflow.artifacts.load_dict(f"runs:/{run_id}/{LINEAGE}")["sources"]
    except MlflowException:
        return None
    trained = {name: source["sha256"] for name, source in sources.items()}
    present = {name: source.sha256 for name, source in table.lineage.sources.items()}
    return not _of_clients(trained).isdisjoint(_of_clients(present))


def _of_clients(digests: Mapping[str, str]) -> set[str]:
    """The digest of the application table, or of a flat file, among those of all sources."""
    return {digests[APPLICATION]} if APPLICATION in digests else set(digests.values())


def _training_digest(table: FeatureTable, percent: int) -> str:
    """The digest of the table's training clients: seconds for 250,000 of them, and an evaluation asks several times."""
    digests = _digests.setdefault(table, {})
    if percent not in digests:
        digests[percent] = content_digest(table.frame, training_rows(table, percent))
    return digests[percent]
