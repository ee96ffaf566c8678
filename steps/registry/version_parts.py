"""The parts of a registered version, read back from its artifact and its run: what another policy starts from."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.models import Model
from pydantic import ValidationError

from custom_model.contract import Contract
from custom_model.lightgbm_internals import load_booster
from custom_model.meanings import Meaning
from custom_model.model import BOOSTER, SCORECARD
from custom_model.scorecard import Scorecard
from custom_model.server.following.example import EXAMPLE
from steps.monitoring.reference import Reference
from steps.monitoring.referencing.reference_file import from_bytes
from steps.registry.artifact import REFERENCE
from steps.registry.artifact_file import artifact_file
from steps.registry.versions import uri_of
from steps.run.console import UserError
from steps.training.policy_record import POLICY

if TYPE_CHECKING:
    import lightgbm as lgb


@dataclass(frozen=True)
class VersionParts:
    """A version's booster, scorecard, contract and example, and the policy.yaml that it was trained under, as JSON.

    `reference` is None of a version that was trained before there were any.
    """

    booster: "lgb.Booster"
    scorecard: Scorecard
    contract: Contract
    example: dict[str, float | str | None]
    policy: Mapping[str, Any]
    reference: Reference | None = None


def read_parts(version: ModelVersion) -> VersionParts:
    """The parts of a version.

    Raises
    ------
    UserError
        The artifact cannot be read, is of other code than this, or the version's run has no record of its policy: what
        the version was trained under is then unknown.
    """
    policy = _policy_of(version)
    with tempfile.TemporaryDirectory(prefix="credit-scoring-") as folder, _understood(version):
        root = Path(mlflow.artifacts.download_artifacts(uri_of(version), dst_path=folder))
        flavor = Model.load(root).flavors["python_function"]
        files = {name: root / flavor["artifacts"][name]["path"] for name in (BOOSTER, SCORECARD)}
        (example,) = json.loads((root / EXAMPLE).read_text("utf-8"))["inputs"]
        return VersionParts(
            booster=load_booster(files[BOOSTER]),
            scorecard=Scorecard.model_validate_json(files[SCORECARD].read_text("utf-8")),
            contract=Contract.model_validate(flavor["config"]["contract"]),
            example=example,
            policy=policy,
            reference=_reference(root, flavor["artifacts"], version),
        )


def meanings_of(version: ModelVersion) -> Mapping[str, Meaning]:
    """The meanings of a version's fields; none of one of other code than this, whose fields have their names."""
    scorecard = scorecard_of(version)
    return {} if scorecard is None else scorecard.meanings


def scorecard_of(version: ModelVersion) -> Scorecard | None:
    """A version's scorecard; None of one of other code than this, or where the store does not have it."""
    try:
        content = artifact_file(version, SCORECARD)
        return None if content is None else Scorecard.model_validate_json(content)
    except (MlflowException, OSError, ValidationError):
        return None


def _reference(root: Path, artifacts: Mapping[str, Any], version: ModelVersion) -> Reference | None:
    if REFERENCE not in artifacts:
        return None
    content = (root / artifacts[REFERENCE]["path"]).read_bytes()
    return from_bytes(content, f"the reference of {version.name} version {version.version}")


def _policy_of(version: ModelVersion) -> Mapping[str, Any]:
    try:
        return mlflow.artifacts.load_dict(f"runs:/{version.run_id}/{POLICY}")
    except (MlflowException, OSError):
        raise UserError(
            f"{version.name} version {version.version} has no record of the policy that it was trained under "
            f"({POLICY} of its run {version.run_id}): nothing shows what a change would leave as it was. Train a new "
            "version"
        ) from None


@contextmanager
def _understood(version: ModelVersion) -> Iterator[None]:
    """Turn an artifact that this code cannot read into a `UserError`."""
    import lightgbm as lgb

    try:
        yield
    except (MlflowException, OSError, KeyError, ValueError, ValidationError, lgb.basic.LightGBMError) as error:
        raise UserError(
            f"{version.name} version {version.version} cannot be read by this version of the project "
            f"({type(error).__name__}): check the artifact store, or train a new version"
        ) from error
