"""The identity of a model in MLflow, for decisions and their records."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import yaml

REGISTRATION = "registered_model_meta"  # MLflow writes it next to MLmodel when it downloads models:/name/version
UNREGISTERED = "unregistered"


@dataclass(frozen=True, slots=True)
class Origin:
    """The registered model and its version, else the id of the logged model; the run that trained it."""

    name: str = UNREGISTERED
    version: str | None = None
    run: str | None = None

    @property
    def label(self) -> str:
        """ "name/version", or the name alone."""
        return self.name if self.version is None else f"{self.name}/{self.version}"

    @classmethod
    def of(cls, artifact: Path) -> Self:
        """Read MLflow's files in the model folder of this artifact."""
        root = artifact.parent.parent
        logged = _read(root / "MLmodel")
        registered = _read(root / REGISTRATION)
        if registered:
            return cls(registered["model_name"], str(registered["model_version"]), logged.get("run_id"))
        return cls(logged.get("model_id") or UNREGISTERED, None, logged.get("run_id"))


def _read(file: Path) -> dict:
    return yaml.safe_load(file.read_text("utf-8")) if file.exists() else {}
